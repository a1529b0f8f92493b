-- Ghost text on the screen: marks in the buffer, and their colours.

local M = {}

local namespace = vim.api.nvim_create_namespace("glossator.ghost")

---@param buf integer
---@param text string
---@return string[]
local function screen_lines(buf, text)
  return vim.split(text:gsub("\t", (" "):rep(vim.bo[buf].tabstop)), "\n", { plain = true })
end

---The first line goes where the cursor is. What stands behind the cursor moves along, unless the text replaces it or
---goes on in further lines: then the line is drawn over, and its rest stands behind the last line.
---@param suggestion glossator.Suggestion
---@param first string
---@param is_last boolean
---@return vim.api.keyset.set_extmark
local function first_line(suggestion, first, is_last)
  local covered, tail = suggestion.alternatives[suggestion.chosen].covered, suggestion.tail
  local mark = { virt_text_pos = "inline", hl_mode = "combine", right_gravity = true }
  if is_last and covered ~= "" and vim.endswith(first, covered) then
    first = first:sub(1, #first - #covered) -- it stands there already
  elseif tail ~= "" and (not is_last or covered ~= "") then
    mark.virt_text_pos = "overlay"
    local gap = vim.fn.strdisplaywidth(tail) - vim.fn.strdisplaywidth(first)
    first = is_last and first .. tail:sub(#covered + 1) or first
    first = first .. (" "):rep(math.max(gap, 0))
  end
  mark.virt_text = { { first, "GlossatorGhost" } }
  return mark
end

---Show a text at a place, and what stands behind it where it will stand then.
---@param buf integer
---@param row integer from 0
---@param column integer bytes, from 0
---@param suggestion glossator.Suggestion
---@param text string what is left of it
function M.show(buf, row, column, suggestion, text)
  local lines = screen_lines(buf, text)
  local first = table.remove(lines, 1)
  local mark = first_line(suggestion, first, #lines == 0)
  mark.virt_lines = vim.tbl_map(function(line)
    return { { line, "GlossatorGhost" } }
  end, lines)
  local last = mark.virt_lines[#lines] or mark.virt_text
  local tail = suggestion.tail:sub(#suggestion.alternatives[suggestion.chosen].covered + 1)
  if #lines > 0 and tail ~= "" then
    table.insert(last, { tail, "Normal" })
  end
  local many = #suggestion.alternatives
  if many > 1 then
    table.insert(last, { (" (%d/%d)"):format(suggestion.chosen, many), "GlossatorGhostCount" })
  end
  M.hide(buf)
  vim.api.nvim_buf_set_extmark(buf, namespace, row, column, mark)
end

---@param buf integer
function M.hide(buf)
  vim.api.nvim_buf_clear_namespace(buf, namespace, 0, -1)
end

---Highlights that a colour scheme may set; in a terminal without true colour they are told apart by the terminal's.
function M.set_highlights()
  vim.api.nvim_set_hl(0, "GlossatorGhost", { link = "GlossatorGhostDefault", default = true })
  vim.api.nvim_set_hl(0, "GlossatorGhostCount", { link = "GlossatorGhost", default = true })
  local comment = vim.api.nvim_get_hl(0, { name = "NonText", link = false })
  local colour = { fg = comment.fg, ctermfg = comment.ctermfg or 8, default = true }
  vim.api.nvim_set_hl(0, "GlossatorGhostDefault", colour)
end

return M
