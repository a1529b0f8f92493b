-- Loaded at start: the command, the <Plug> mappings, and the language server. The rest waits until it is used.

if vim.g.loaded_glossator then
  return
end
vim.g.loaded_glossator = true

if vim.fn.has("nvim-0.11") == 0 then
  vim.notify("Glossator needs Neovim 0.11 or newer. Update Neovim, or remove the plugin.", vim.log.levels.WARN)
  return
end

vim.api.nvim_create_user_command("Glossator", function(command)
  require("glossator.commands").run(command)
end, {
  nargs = "*",
  range = true,
  desc = "Explanations and completions by Glossator",
  complete = function(...)
    return require("glossator.commands").complete(...)
  end,
})

for name, action in pairs({
  Accept = "accept",
  AcceptWord = "accept_word",
  AcceptLine = "accept_line",
  Next = "next",
  Previous = "previous",
  Dismiss = "dismiss",
  Suggest = "suggest",
}) do
  vim.keymap.set("i", ("<Plug>(Glossator%s)"):format(name), function()
    require("glossator")[action]()
  end, { desc = "Glossator: " .. action:gsub("_", " ") })
end

vim.keymap.set({ "n", "x" }, "<Plug>(GlossatorExplain)", function()
  require("glossator.explain").here()
end, { desc = "Glossator: explain" })
vim.keymap.set("n", "<Plug>(GlossatorFollowUp)", function()
  require("glossator.explain").follow_up()
end, { desc = "Glossator: ask further" })
vim.keymap.set("n", "<Plug>(GlossatorHover)", function()
  require("glossator.hover").show()
end, { desc = "Glossator: hover" })

local group = vim.api.nvim_create_augroup("glossator", {})

---@param event string
---@param act fun(client: vim.lsp.Client, arguments: vim.api.keyset.create_autocmd.callback_args)
local function on_client(event, act)
  vim.api.nvim_create_autocmd(event, {
    group = group,
    callback = function(arguments)
      local client = vim.lsp.get_client_by_id(arguments.data.client_id)
      if client and client.name == "glossator" then
        act(client, arguments)
      end
    end,
  })
end

on_client("LspAttach", function(client, arguments)
  require("glossator").attach(client, arguments.buf)
end)
on_client("LspDetach", function(client, arguments)
  require("glossator").detach(client, arguments.buf)
end)
on_client("LspProgress", function(_, arguments)
  require("glossator.progress").show(arguments.data.params)
end)

vim.api.nvim_create_autocmd({ "BufFilePost", "BufWipeout" }, {
  group = group,
  callback = function(arguments)
    require("glossator.client").maybe_renamed(arguments.buf)
  end,
})

-- After the user's own files, so that `vim.g.glossator` and `vim.lsp.config` count whenever they were said.
local function enable()
  require("glossator.options").check_global()
  require("glossator.client").configure()
  if not require("glossator.options").current().enabled then
    return
  end
  vim.lsp.enable("glossator")
  vim.api.nvim_create_autocmd("FileType", {
    group = group,
    callback = function(arguments)
      require("glossator.client").check_program(arguments.buf)
    end,
  })
  require("glossator.client").check_program(vim.api.nvim_get_current_buf())
end

if vim.v.vim_did_enter == 1 then
  enable()
else
  vim.api.nvim_create_autocmd("VimEnter", { group = group, once = true, callback = enable })
end
