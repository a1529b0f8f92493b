-- What the server says of itself (`glossator/status`), for a statusline.

local M = {}

---@class (exact) glossator.Status
---@field busy boolean
---@field kind "Normal"|"Warning"|"Error"
---@field message string
---@field command string

---@type table<integer, glossator.Status>
local by_client = {}

local function changed()
  vim.api.nvim_exec_autocmds("User", { pattern = "GlossatorStatus", modeline = false })
  vim.cmd.redrawstatus()
end

---@param status glossator.Status
---@param context lsp.HandlerContext
function M.handle(_, status, context)
  by_client[context.client_id] = status
  changed()
end

---@param code integer
---@param signal integer
---@param client integer
function M.ended(code, signal, client)
  by_client[client] = nil
  if code ~= 0 or (signal ~= 0 and signal ~= 15) then
    local how = signal ~= 0 and ("signal %d"):format(signal) or ("code %d"):format(code)
    vim.notify(
      ("Glossator's server ended (%s). :Glossator log says why, :Glossator restart starts it again."):format(how),
      vim.log.levels.WARN
    )
  end
  changed()
end

---What the server of a buffer said last.
---@param buf? integer
---@return glossator.Status?
function M.of(buf)
  local client = require("glossator.client").get(buf)
  if not client then
    return nil
  end
  return by_client[client.id] or { busy = false, kind = "Normal", message = "", command = "glossator.status" }
end

---@return string
function M.line()
  local status = M.of()
  if not status then
    return ""
  end
  if status.busy then
    return "Glossator: " .. status.message .. " …"
  elseif status.kind ~= "Normal" then
    return "Glossator: " .. (vim.split(status.message, ". ", { plain = true })[1] or status.kind)
  end
  return require("glossator.ghost").snoozed() > 0 and "Glossator: snoozed" or "Glossator"
end

return M
