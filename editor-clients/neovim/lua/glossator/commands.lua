-- `:Glossator` and its sub-commands.

local client_of = require("glossator.client")

local M = {}

---@class (exact) glossator.Command
---@field run fun(words: string[], command: vim.api.keyset.create_user_command.command_args)
---@field complete? fun(): string[]

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

---@param value any
---@return string
local function spell(value)
  return type(value) == "string" and value or vim.json.encode(value)
end

---@param told table<string, any>
---@return string[]
local function as_list(told)
  local lines = {}
  for name, value in vim.spairs(told) do
    if value ~= vim.NIL and value ~= "" then
      table.insert(lines, ("- **%s**: %s"):format(name, spell(value)))
    end
  end
  return lines
end

local function why()
  ask("glossator.why", { vim.uri_from_bufnr(0) }, function(told)
    if not told or told == vim.NIL then
      return show({ "No completion was asked for in this text yet." }, "Why")
    end
    local lines = { ("%d suggestion%s."):format(told.items, told.items == 1 and "" or "s") }
    if told.reason and told.reason ~= vim.NIL then
      table.insert(lines, ("Reason: **%s**"):format(told.reason))
    end
    if told.problem and told.problem ~= vim.NIL then
      table.insert(lines, told.problem)
    end
    vim.list_extend(lines, { "" })
    show(vim.list_extend(lines, as_list(told.meta or {})), "Why")
  end)
end

local function status()
  ask("glossator.status", {}, function(told)
    local said = require("glossator.status").of()
    local lines = as_list(told or {})
    if said and said.message ~= "" then
      table.insert(lines, 1, said.message)
    end
    show(lines, "Status")
  end)
end

---@param answer { adapters: table[], chosen: table<string, any> }
---@return string[]
local function adapter_names(answer)
  local names = vim.tbl_map(function(one)
    return type(one) == "table" and (one.name or one.id) or tostring(one)
  end, answer.adapters or {})
  table.insert(names, 1, "none")
  return names
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
  ask("glossator.selectAdapter", {}, function(answer)
    vim.ui.select({ "complete", "explain" }, { prompt = "Adapter for" }, function(purpose)
      if purpose then
        vim.ui.select(adapter_names(answer), { prompt = "Adapter" }, function(name)
          if name then
            choose_adapter(purpose, name)
          end
        end)
      end
    end)
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
  local counts = as_list(require("glossator.ghost").counts)
  if client and client_of.has(client, "glossator.stats") then
    client_of.execute(client, "glossator.stats", {}, function(told)
      show(vim.list_extend({ "In this session:" }, vim.list_extend(counts, vim.list_extend({ "", "In all:" }, as_list(told or {})))), "Stats")
    end)
  elseif client then
    show(vim.list_extend({ "In this session:" }, counts), "Stats")
  end
end

---@param words string[]
local function snooze(words)
  local minutes = tonumber(words[1] or "10")
  if not minutes or minutes < 0 then
    return client_of.tell("How many minutes? For example :Glossator snooze 10; 0 ends it.")
  end
  require("glossator.ghost").snooze(minutes)
  local told = minutes == 0 and "Ghost text is back." or ("No ghost text for %g minutes."):format(minutes)
  client_of.tell(told, vim.log.levels.INFO)
end

local function log()
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
    complete = function()
      return { "complete", "explain" }
    end,
  },
  model = { run = model },
  status = { run = status },
  stats = { run = stats },
  snooze = {
    run = snooze,
    complete = function()
      return { "0", "10", "60" }
    end,
  },
  log = { run = log },
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
    candidates = #before == 2 and one and one.complete and one.complete() or {}
  end
  table.sort(candidates)
  return vim.tbl_filter(function(candidate)
    return vim.startswith(candidate, lead)
  end, candidates)
end

return M
