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

---Show a stage, as Neovim 0.12 shows progress; before, as a message that is not kept.
---@param params { token: string|integer, value: table }
function M.show(params)
  local value = params.value
  if not options.current().progress or type(value) ~= "table" or not value.kind then
    return
  end
  local over = value.kind == "end"
  local text = value.message or (over and "done" or "…")
  if vim.fn.has("nvim-0.12") == 1 then
    vim.api.nvim_echo({ { text } }, false, {
      id = "glossator." .. params.token,
      kind = "progress",
      title = "Glossator",
      status = over and "success" or "running",
      percent = value.percentage,
    })
  else
    vim.api.nvim_echo({ { over and "" or ("Glossator: %s"):format(text) } }, false, {})
  end
end

return M
