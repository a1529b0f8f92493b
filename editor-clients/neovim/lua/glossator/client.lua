-- The connection to `glossator serve`: which client it is, its commands, its end and its new start.

local options = require("glossator.options")

local M = {}

local NAME = "glossator"
local told_missing = false
---@type integer? the text without a name that is served
local nameless

---The client of a buffer. Of several, the first that was started answers.
---@param buf? integer
---@return vim.lsp.Client?
function M.get(buf)
  return vim.lsp.get_clients({ name = NAME, bufnr = buf or vim.api.nvim_get_current_buf() })[1]
end

---The buffer's client or, where it has none, any; else the user is told what to do.
---@param buf? integer
---@return vim.lsp.Client?
function M.need(buf)
  local client = M.get(buf) or vim.lsp.get_clients({ name = NAME })[1]
  if not client then
    M.tell("Glossator does not run here. Open a file it serves, or look at :checkhealth glossator.")
  end
  return client
end

---@param message string
---@param level? integer
function M.tell(message, level)
  vim.notify(message, level or vim.log.levels.WARN)
end

---The program that is started for the server.
---@return string
function M.program()
  local cmd = (vim.lsp.config[NAME] or {}).cmd
  return type(cmd) == "table" and cmd[1] or "glossator"
end

---Another command of the program that is started for the server; nil where a function starts it.
---@param ... string
---@return string[]?
function M.command(...)
  local cmd = (vim.lsp.config[NAME] or {}).cmd
  if type(cmd) ~= "table" then
    return nil
  end
  local words = vim.tbl_filter(function(word)
    return word ~= "serve"
  end, cmd)
  return vim.list_extend(words, { ... })
end

---Tell the user, once, if a buffer would be served and the program for it is not there.
---@param buf integer
function M.check_program(buf)
  local config = vim.lsp.config[NAME] or {}
  local served = vim.tbl_contains(config.filetypes or {}, vim.bo[buf].filetype)
  if told_missing or not served or type(config.cmd) ~= "table" or vim.fn.executable(config.cmd[1]) == 1 then
    return
  end
  told_missing = true
  M.tell(
    ("Glossator's server %s cannot be started. Install it with `pip install glossator`, "):format(config.cmd[1])
      .. "or say where it is: vim.lsp.config('glossator', { cmd = { '/path/to/glossator', 'serve' } })."
  )
end

---Of texts without a name all have the same address, so that a server can know but one of them: the first is served.
---@param buf integer
---@return boolean
local function may_be_nameless(buf)
  local others = nameless and nameless ~= buf and vim.api.nvim_buf_is_loaded(nameless)
  if others and vim.api.nvim_buf_get_name(nameless) == "" then
    M.tell("Glossator serves one text without a name at a time. Save this one: it is served once it has a name.")
    return false
  end
  nameless = buf
  return true
end

---Where the project of a buffer begins; starts the server by calling `start`. Without the program nothing is started:
---0.11 would complain in each buffer. (0.12 does not come here then.)
---@param buf integer
---@param start fun(root: string?)
function M.root(buf, start)
  local config = vim.lsp.config[NAME] or {}
  if type(config.cmd) == "table" and vim.fn.executable(config.cmd[1]) ~= 1 then
    return
  end
  local markers = config.root_markers or {}
  if vim.api.nvim_buf_get_name(buf) ~= "" then
    start(vim.fs.root(buf, markers))
  elseif may_be_nameless(buf) then
    -- Without a project of its own it joins a server that runs, which saves one.
    start(vim.fs.root(vim.fn.getcwd(), markers) or (vim.lsp.get_clients({ name = NAME })[1] or {}).root_dir)
  end
end

---The address under which each served buffer is known to the server.
---@type table<integer, string>
local addresses = {}

---@param buf integer
function M.attached(buf)
  addresses[buf] = vim.uri_from_bufnr(buf)
end

---A buffer may have got another name: then the server is told. Where a text without a name is written for the first time
---Vim says that its buffer is gone, and takes away the autocommands by which Neovim would tell servers.
---@param buf integer
function M.maybe_renamed(buf)
  vim.schedule(function()
    local old = addresses[buf]
    if not old or not vim.api.nvim_buf_is_loaded(buf) or vim.uri_from_bufnr(buf) == old then
      return
    end
    for _, client in ipairs(vim.lsp.get_clients({ name = NAME, bufnr = buf })) do
      client:notify("textDocument/didClose", { textDocument = { uri = old } })
      vim.lsp.buf_detach_client(buf, client.id)
      vim.lsp.buf_attach_client(buf, client.id)
    end
  end)
end

---Hand the plugin's options over to Neovim's configuration of the server.
function M.configure()
  local chosen = options.current()
  local config = {}
  if chosen.cmd then
    config.cmd = chosen.cmd
  end
  if next(chosen.settings) then
    config.settings = { glossator = chosen.settings }
  end
  if next(config) then
    vim.lsp.config(NAME, config)
  end
end

---Whether the server has a command; older ones lack some.
---@param client vim.lsp.Client
---@param command string
function M.has(client, command)
  local provider = client.server_capabilities.executeCommandProvider
  return provider ~= nil and vim.tbl_contains(provider.commands or {}, command)
end

---@class (exact) glossator.Request
---@field cancel fun() stops it; its answer is not given any more

---What to do if a server ends before it has answered, by client. Neovim itself forgets these requests.
---@type table<integer, table<table, fun()>>
local waiting = {}

---A server has ended: whoever waits for its answers is told.
---@param id integer the client's
function M.ended(id)
  local lost = waiting[id] or {}
  waiting[id] = nil
  for _, tell in pairs(lost) do
    tell()
  end
end

---Run a command of the server. An error is told to the user, unless it was cancelled or `failed` takes it.
---@param client vim.lsp.Client
---@param command string
---@param arguments any[]
---@param done fun(result: any)
---@param more? { token?: string, failed?: fun(message: string) } the token of `$/progress`
---@return glossator.Request?
function M.execute(client, command, arguments, done, more)
  more = more or {}
  if not M.has(client, command) then
    M.tell(("This glossator has no command %s. Update it: pip install --upgrade glossator."):format(command))
    return nil
  end
  local request = {}
  waiting[client.id] = waiting[client.id] or {}
  ---@return boolean whether this is the first end of it
  local function over()
    local others = waiting[client.id]
    local first = others ~= nil and others[request] ~= nil
    if first then
      others[request] = nil
    end
    return first
  end
  local fail = more.failed or M.tell
  waiting[client.id][request] = function()
    fail("The server ended. :Glossator restart starts it again, :Glossator log says why.")
  end
  local params = { command = command, arguments = arguments, workDoneToken = more.token }
  local sent, id = client:request("workspace/executeCommand", params, function(problem, result)
    if not over() then
      return
    end
    if problem then
      fail(problem.message or tostring(problem))
    else
      done(result)
    end
  end)
  if not sent then
    over()
    M.tell("Glossator's server has ended. :Glossator restart starts it again, :Glossator log says why.")
    return nil
  end
  function request.cancel()
    if over() then
      client:cancel_request(id)
    end
  end
  return request
end

---A place in a buffer as the protocol has it.
---@param client vim.lsp.Client
---@param buf integer
---@param row integer from 0
---@param column integer bytes, from 0
---@return lsp.Position
function M.position(client, buf, row, column)
  local line = vim.api.nvim_buf_get_lines(buf, row, row + 1, false)[1] or ""
  local character = vim.str_utfindex(line, client.offset_encoding, math.min(column, #line), false)
  return { line = row, character = character }
end

---The byte of a line that a place of the protocol is at; past the end is the end.
---@param client vim.lsp.Client
---@param line string
---@param character integer
---@return integer
function M.column(client, line, character)
  return vim.str_byteindex(line, client.offset_encoding, character, false)
end

---Stop every server and start it again for the buffers it serves.
function M.restart()
  local clients = vim.lsp.get_clients({ name = NAME })
  for _, client in ipairs(clients) do
    client:stop()
  end
  told_missing = false
  M._when_stopped(clients, 0, function()
    vim.lsp.enable(NAME)
  end)
end

local POLL_MILLISECONDS, PATIENCE_MILLISECONDS = 50, 5000

---@param clients vim.lsp.Client[]
---@param waited integer
---@param act fun()
function M._when_stopped(clients, waited, act)
  local running = vim.tbl_filter(function(client)
    return not client:is_stopped()
  end, clients)
  if #running == 0 then
    return act()
  end
  for _, client in ipairs(waited >= PATIENCE_MILLISECONDS and running or {}) do
    client:stop(true)
  end
  vim.defer_fn(function()
    M._when_stopped(running, waited + POLL_MILLISECONDS, act)
  end, POLL_MILLISECONDS)
end

return M
