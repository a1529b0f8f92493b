-- `$/progress`: parts of an answer go to whoever waits for them, the stages of long work to the message area.

local options = require("glossator.options")

local M = {}

---@type table<string, fun(value: any)>
local waiting = {}
local made = 0

---A token whose values go to `take`.
---@param take fun(value: any)
---@return string
function M.token(take)
  made = made + 1
  local token = ("glossator-%d-%d"):format(vim.uv.os_getpid(), made)
  waiting[token] = take
  return token
end

---@param token string
function M.forget(token)
  waiting[token] = nil
end

---Keeps parts of answers from those who show progress: they would not know what they are.
function M.handle(problem, params, context)
  local take = waiting[params.token]
  if take and not (type(params.value) == "table" and params.value.kind) then
    return take(params.value)
  end
  if take then
    take(params.value)
  end
  return vim.lsp.handlers["$/progress"](problem, params, context)
end

---Show a stage, as a message that is not kept. Never more than fits, and never below another: both would make
---Neovim wait for Enter. (The progress messages of 0.12 do, when some come at once.)
---@param params { token: string|integer, value: table }
function M.show(params)
  local value = params.value
  if not options.current().progress or type(value) ~= "table" or not value.kind then
    return
  end
  local text = value.kind == "end" and "" or ("Glossator: %s"):format(value.message or value.title or "…")
  vim.cmd.redraw()
  vim.api.nvim_echo({ { vim.fn.strcharpart(text:gsub("%s+", " ") .. "", 0, math.max(vim.v.echospace, 0)) } }, false, {})
end

return M
