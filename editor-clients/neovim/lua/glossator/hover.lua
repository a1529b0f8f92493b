-- Hovers: Neovim shows them; here they are shown anew when the model's text is there.

local client_of = require("glossator.client")
local options = require("glossator.options")

local M = {}

---@type table? how the last hover was asked for
local last

---Show the hover of the place under the cursor.
---@param more? vim.lsp.buf.hover.Opts
function M.show(more)
  last = more
  vim.lsp.buf.hover(more)
end

---@return integer? window the hover that is open beside the current buffer's text
local function open_hover()
  local window = vim.b.lsp_floating_preview
  local is_hover = window and vim.api.nvim_win_is_valid(window) and vim.w[window]["textDocument/hover"] ~= nil
  return is_hover and window ~= vim.api.nvim_get_current_win() and window or nil
end

---`glossator/explanationReady`: the hover of a place would say more now. Shown if it is open still and wanted.
---@param params { uri: string, position: lsp.Position }
---@param context lsp.HandlerContext
function M.ready(_, params, context)
  local client = vim.lsp.get_client_by_id(context.client_id)
  local buf = vim.api.nvim_get_current_buf()
  local window = open_hover()
  if not client or not window or not options.current().refresh_hover or vim.uri_from_bufnr(buf) ~= params.uri then
    return
  end
  local place = vim.api.nvim_win_get_cursor(0)
  if vim.deep_equal(client_of.position(client, buf, place[1] - 1, place[2]), params.position) then
    vim.api.nvim_win_close(window, true)
    vim.lsp.buf.hover(last)
  end
end

return M
