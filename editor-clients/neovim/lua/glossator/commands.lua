-- `:Glossator` and its sub-commands.

local client_of = require("glossator.client")
local names = require("glossator.names")
local reports = require("glossator.reports")

local M = {}

---@class (exact) glossator.Command
---@field run fun(words: string[], command: vim.api.keyset.create_user_command.command_args)
---@field complete? fun(number: integer): string[] what its first, second … word may be

---Show lines in a float beside the cursor; `q` closes it.
---@param lines string[]
---@param title string
local function show(lines, title)
  vim.lsp.util.open_floating_preview(lines, "markdown", {
    border = "rounded",
    title = (" %s "):format(title),
    focus_id = "glossator",
  })
end

---@param command string
---@param arguments any[]
---@param done fun(result: any)
local function ask(command, arguments, done)
  local client = client_of.need()
  if client then
    client_of.execute(client, command, arguments, done)
  end
end

local function why()
  ask("glossator.why", { vim.uri_from_bufnr(0) }, function(told)
    show(reports.why(told), "Why")
  end)
end

local function status()
  ask("glossator.status", {}, function(told)
    local said = require("glossator.status").of()
    local lines = reports.list(told or {})
    if said and said.message ~= "" then
      table.insert(lines, 1, said.message)
    end
    show(lines, "Status")
  end)
end

---@param purpose string
---@param name string
local function choose_adapter(purpose, name)
  ask("glossator.selectAdapter", { purpose, name == "none" and vim.NIL or name }, function()
    client_of.tell(("Glossator: %s uses %s."):format(purpose, name == "none" and "no adapter" or name), vim.log.levels.INFO)
  end)
end

---@param words string[]
local function adapter(words)
  if words[2] then
    return choose_adapter(words[1], words[2])
  end
  local function choose(purpose)
    ask("glossator.selectAdapter", {}, function(answer)
      vim.ui.select(names.of_adapters(answer), { prompt = "Adapter to " .. purpose }, function(name)
        if name then
          choose_adapter(purpose, name)
        end
      end)
    end)
  end
  if words[1] then
    return choose(words[1])
  end
  vim.ui.select({ "complete", "explain" }, { prompt = "Adapter to" }, function(purpose)
    if purpose then
      choose(purpose)
    end
  end)
end

---@param words string[]
local function model(words)
  local client = client_of.need()
  if not client then
    return
  end
  if not words[1] then
    return client_of.execute(client, "glossator.status", {}, function(told)
      client_of.tell(("Glossator's model is %s."):format(told.model or "not told"), vim.log.levels.INFO)
    end)
  end
  local chosen = { glossator = { model = { name = words[1] } } }
  client.settings = vim.tbl_deep_extend("force", client.settings or {}, chosen)
  client:notify("workspace/didChangeConfiguration", { settings = client.settings })
end

local function stats()
  local client = client_of.need()
  local counts = require("glossator.ghost").counts
  if client and client_of.has(client, "glossator.stats") then
    client_of.execute(client, "glossator.stats", {}, function(told)
      show(reports.stats(counts, told), "Stats")
    end)
  elseif client then
    show(reports.stats(counts), "Stats")
  end
end

---@param words string[]
local function snooze(words)
  local minutes = tonumber(words[1] or "10")
  if not minutes or minutes < 0 then
    return client_of.tell("How many minutes? For example :Glossator snooze 10; 0 ends it.")
  end
  require("glossator.ghost").snooze(minutes)
  for _, client in ipairs(vim.lsp.get_clients({ name = "glossator" })) do
    if client_of.has(client, "glossator.snooze") then -- for Neovim's own ghost text, and for the statusline
      client_of.execute(client, "glossator.snooze", { minutes }, function() end)
    end
  end
  local told = minutes == 0 and "Ghost text is back." or ("No ghost text for %g minutes."):format(minutes)
  client_of.tell(told, vim.log.levels.INFO)
end

---The end of what the engine printed, in a split.
local function engine_log()
  local command = client_of.command("engine", "logs", "--lines", "500")
  if not command then
    return client_of.tell("The engine's log: glossator engine logs", vim.log.levels.INFO)
  end
  vim.system(command, { text = true }, vim.schedule_wrap(function(done)
    local lines = vim.split(vim.trim(done.code == 0 and done.stdout or done.stderr), "\n")
    if done.code ~= 0 then
      return client_of.tell(lines[1], vim.log.levels.INFO)
    end
    vim.cmd.new()
    vim.bo.buftype, vim.bo.bufhidden, vim.bo.swapfile = "nofile", "wipe", false
    vim.api.nvim_buf_set_lines(0, 0, -1, false, lines)
    vim.bo.modifiable = false
    vim.cmd.normal({ "G", bang = true })
  end))
end

---@param words string[]
local function log(words)
  if words[1] == "engine" then
    return engine_log()
  end
  local path = vim.fn.has("nvim-0.12") == 1 and vim.lsp.log.get_filename() or vim.lsp.get_log_path()
  if vim.fn.filereadable(path) == 0 then
    return client_of.tell(("There is no log yet: %s"):format(path), vim.log.levels.INFO)
  end
  vim.cmd.split(vim.fn.fnameescape(path))
  vim.cmd.normal({ "G", bang = true })
end

---@type table<string, glossator.Command>
local commands = {
  explain = {
    run = function(words, command)
      local question = #words > 0 and table.concat(words, " ") or nil
      local explain = require("glossator.explain")
      if command.range > 0 then
        explain.lines(command.line1, command.line2, question)
      else
        explain.here(question)
      end
    end,
  },
  followup = {
    run = function(words)
      require("glossator.explain").follow_up(table.concat(words, " "))
    end,
  },
  article = {
    run = function()
      require("glossator.explain").article()
    end,
  },
  why = { run = why },
  adapter = {
    run = adapter,
    complete = function(number)
      return number == 1 and { "complete", "explain" } or number == 2 and names.adapters() or {}
    end,
  },
  model = {
    run = model,
    complete = function(number)
      return number == 1 and names.models() or {}
    end,
  },
  status = { run = status },
  stats = { run = stats },
  snooze = {
    run = snooze,
    complete = function(number)
      return number == 1 and { "0", "10", "60" } or {}
    end,
  },
  log = {
    run = log,
    complete = function(number)
      return number == 1 and { "client", "engine" } or {}
    end,
  },
  restart = {
    run = function()
      client_of.restart()
    end,
  },
}

---@param command vim.api.keyset.create_user_command.command_args
function M.run(command)
  local words = vim.split(vim.trim(command.args), "%s+", { trimempty = true })
  local name = table.remove(words, 1) or "status"
  local found = commands[name]
  if not found then
    local known = table.concat(M.complete("", "Glossator ", 10), ", ")
    return client_of.tell((":Glossator has no %s. It has %s."):format(name, known))
  end
  found.run(words, command)
end

---@param lead string
---@param line string
---@param place integer
---@return string[]
function M.complete(lead, line, place)
  local before = vim.split(line:sub(1, place):gsub("^.-Glossator%s+", ""), "%s+")
  local candidates
  if #before <= 1 then
    candidates = vim.tbl_keys(commands)
  else
    local one = commands[before[1]]
    candidates = one and one.complete and one.complete(#before - 1) or {}
  end
  table.sort(candidates)
  return vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, lead)
  end, candidates)
end

return M
