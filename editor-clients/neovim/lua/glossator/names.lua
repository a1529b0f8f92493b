-- What can be named behind a sub-command: the adapters and models of this machine, as the program tells them.

local client_of = require("glossator.client")

local M = {}

local KEPT_MILLISECONDS = 30000 -- a second press of <Tab> must not wait again
local SERVER_MILLISECONDS, PROGRAM_MILLISECONDS = 1000, 10000

---@type table<string, { at: integer, names: string[] }>
local kept = {}

---@param what string
---@param find fun(): string[]?
---@return string[]
local function remembered(what, find)
  local one = kept[what]
  if not one or vim.uv.now() - one.at > KEPT_MILLISECONDS then
    local names = find()
    if not names then
      return {}
    end
    one = { at = vim.uv.now(), names = names }
    kept[what] = one
  end
  return vim.list_slice(one.names)
end

---The names in what `glossator.selectAdapter` answers, with "none" before them.
---@param answer { adapters: any[] }
---@return string[]
function M.of_adapters(answer)
  local names = vim.tbl_map(function(one)
    return type(one) == "table" and (one.name or one.id) or tostring(one)
  end, answer.adapters or {})
  table.insert(names, 1, "none")
  return names
end

---@return string[]
function M.adapters()
  return remembered("adapters", function()
    local client = client_of.get() or vim.lsp.get_clients({ name = "glossator" })[1]
    if not client or not client_of.has(client, "glossator.selectAdapter") then
      return nil
    end
    local params = { command = "glossator.selectAdapter", arguments = {} }
    local answer = client:request_sync("workspace/executeCommand", params, SERVER_MILLISECONDS)
    return answer and answer.result and M.of_adapters(answer.result)
  end)
end

---Those that are on this machine. The server does not tell them; the command line does.
---@return string[]
function M.models()
  return remembered("models", function()
    local command = client_of.command("models", "list", "--format", "json")
    local ran, done = pcall(function()
      return vim.system(command or {}, { text = true }):wait(PROGRAM_MILLISECONDS)
    end)
    local read, told = pcall(vim.json.decode, ran and done.stdout or "")
    if not read or type(told) ~= "table" then
      return nil
    end
    local here = vim.tbl_filter(function(one)
      return one.state ~= "not pulled"
    end, told)
    return vim.tbl_map(function(one)
      return one.name
    end, here)
  end)
end

return M
