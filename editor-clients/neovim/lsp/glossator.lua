-- How Neovim starts `glossator serve`. Change any of it with `vim.lsp.config("glossator", { … })`.

---@type vim.lsp.Config
return {
  cmd = { "glossator", "serve" },
  filetypes = { "python" },
  root_markers = { "glossator.toml", "pyproject.toml", ".git" },
  -- Not found: said once, and no client is started that Neovim would complain about in each buffer.
  root_dir = function(buf, start)
    require("glossator.client").root(buf, start)
  end,
  -- Neovim 0.11 knows the method and does not say so; a server that asks first would send nothing.
  capabilities = { textDocument = { inlineCompletion = { dynamicRegistration = false } } },
  handlers = {
    ["$/progress"] = function(...)
      return require("glossator.progress").handle(...)
    end,
    ["glossator/status"] = function(...)
      return require("glossator.status").handle(...)
    end,
    ["glossator/explanationReady"] = function(...)
      return require("glossator.hover").ready(...)
    end,
  },
  commands = {
    -- What the code actions "Explain this" and "Explain selection" run.
    ["glossator.explain"] = function(command)
      require("glossator.explain").place(command.arguments[1], command.arguments[2])
    end,
  },
  on_exit = function(code, signal, client)
    vim.schedule(function()
      require("glossator.status").ended(code, signal, client)
      require("glossator.client").ended(client)
    end)
  end,
}
