-- `:checkhealth glossator`

local client_of = require("glossator.client")
local options = require("glossator.options")

local M = {}

local DOCTOR_MILLISECONDS = 60000

local function editor()
  vim.health.start("Neovim")
  if vim.fn.has("nvim-0.11") == 0 then
    vim.health.error("Neovim is older than 0.11", "Update Neovim.")
    return
  end
  vim.health.ok("Neovim " .. tostring(vim.version()))
  if not vim.o.termguicolors then
    vim.health.info("'termguicolors' is off: ghost text has the terminal's own grey")
  end
  local problems = options.unknown(vim.g.glossator or {})
  if #problems > 0 then
    vim.health.warn("Unknown options: " .. table.concat(problems, ", "), "See :help glossator-options.")
  end
end

---@return boolean
local function program()
  vim.health.start("Server")
  local path = vim.fn.exepath(client_of.program())
  if path == "" then
    vim.health.error(("%s cannot be started"):format(client_of.program()), {
      "Install it: pip install glossator",
      "Or say where it is: vim.lsp.config('glossator', { cmd = { '/path/to/glossator', 'serve' } })",
    })
    return false
  end
  vim.health.ok(path)
  return true
end

local function clients()
  local running = vim.lsp.get_clients({ name = "glossator" })
  if #running == 0 then
    vim.health.info("No server runs now: it starts with the first file of " .. table.concat(vim.lsp.config.glossator.filetypes, ", "))
  end
  for _, client in ipairs(running) do
    local info = client.server_info or {}
    local many = vim.tbl_count(client.attached_buffers)
    vim.health.ok(("runs: version %s, %d buffer%s, root %s"):format(info.version or "?", many, many == 1 and "" or "s", client.root_dir or "none"))
    if not client:supports_method("textDocument/inlineCompletion") then
      vim.health.warn("This server offers no ghost text", "Update it: pip install --upgrade glossator")
    end
  end
end

local function ghost_text()
  vim.health.start("Ghost text")
  local chosen = options.current()
  if chosen.ghost.mode == "off" then
    vim.health.info("switched off by ghost.mode")
  elseif chosen.ghost.mode == "builtin" and not vim.lsp.inline_completion then
    vim.health.warn("This Neovim has no ghost text of its own: ours is used", "Update to Neovim 0.12, or set ghost.mode to own.")
  else
    vim.health.ok("ghost.mode is " .. chosen.ghost.mode)
  end
  local accept = chosen.keys.accept
  if accept then
    vim.health.ok(("%s accepts"):format(accept))
  elseif vim.fn.hasmapto("<Plug>(GlossatorAccept)", "i") == 1 then
    vim.health.ok("a mapping of yours accepts")
  else
    vim.health.info('No key accepts ghost text: require("glossator").setup({ keys = { accept = "<Tab>" } })')
  end
end

---What `glossator doctor` says of each part.
local function doctor()
  vim.health.start("glossator doctor")
  local command = client_of.command("doctor", "--format", "json") or { "glossator", "doctor", "--format", "json" }
  local ran, done = pcall(function()
    return vim.system(command, { text = true }):wait(DOCTOR_MILLISECONDS)
  end)
  local read, told = pcall(vim.json.decode, ran and done.stdout or "")
  if not read or type(told) ~= "table" then
    vim.health.error("It gave no answer", "Run it: " .. table.concat(command, " "))
    return
  end
  for _, part in ipairs(told) do
    local line = ("%s: %s"):format(part.part, part.detail ~= "" and part.detail or part.state)
    local advice = part.next_step ~= vim.NIL and part.next_step ~= "" and part.next_step or nil
    if part.state == "ok" then
      vim.health.ok(line)
    elseif part.state == "missing" then
      vim.health.warn(line, advice)
    else
      vim.health.error(line, advice)
    end
  end
end

function M.check()
  editor()
  if vim.fn.has("nvim-0.11") == 1 then
    local found = program()
    clients()
    ghost_text()
    if found then
      doctor()
    end
  end
end

return M
