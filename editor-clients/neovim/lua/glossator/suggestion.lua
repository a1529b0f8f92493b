-- A server's suggestions for one place, and what of them is left while the text around that place changes.

local client_of = require("glossator.client")

---@class (exact) glossator.Alternative
---@field text string what stands there once it is accepted, from the suggestion's start on
---@field snippet? string the same with tab stops
---@field covered string the text behind the cursor that it replaces
---@field start integer the byte of its line at which it begins
---@field command? lsp.Command

---@class (exact) glossator.Suggestion
---@field row integer from 0
---@field head string the line before the cursor, at the time of asking
---@field tail string the line behind the cursor
---@field alternatives glossator.Alternative[]
---@field chosen integer

local M = {}

---@param value string a snippet
---@return string
local function without_stops(value)
  local found, grammar = pcall(require, "vim.lsp._snippet_grammar")
  local parsed, tree = pcall(function()
    return tostring(grammar.parse(value))
  end)
  return found and parsed and tree or (value:gsub("%$%b{}", ""):gsub("%$%d+", ""))
end

---@param client vim.lsp.Client
---@param item lsp.InlineCompletionItem
---@param row integer
---@param head string
---@param tail string
---@return glossator.Alternative?
local function read(client, item, row, head, tail)
  local inserted = item.insertText
  local snippet = type(inserted) == "table" and inserted.value or nil
  local text = snippet and without_stops(snippet) or inserted
  local start, stop = #head, #head
  if item.range then
    local line = head .. tail
    start = client_of.column(client, line, item.range.start.character)
    stop = client_of.column(client, line, item.range["end"].character)
    local here = item.range.start.line == row and item.range["end"].line == row
    if not here or start > #head or stop < #head then
      return nil -- not about this place
    end
  end
  text = text:gsub("\r\n?", "\n")
  return { text = text, snippet = snippet, covered = tail:sub(1, stop - #head), start = start, command = item.command }
end

---What a server answered, for the place it was asked about; nil if nothing of it fits there.
---@param client vim.lsp.Client
---@param items lsp.InlineCompletionItem[]
---@param row integer
---@param head string
---@param tail string
---@return glossator.Suggestion?
function M.of(client, items, row, head, tail)
  local suggestion = { row = row, head = head, tail = tail, alternatives = {}, chosen = 1 }
  for _, item in ipairs(items) do
    local one = read(client, item, row, head, tail)
    if one and (M.rest(suggestion, one, head, row) or "") ~= "" then
      table.insert(suggestion.alternatives, one)
    end
  end
  return suggestion.alternatives[1] and suggestion or nil
end

---What of an alternative is not typed yet, if all that was typed since agrees with it.
---@param suggestion glossator.Suggestion
---@param one glossator.Alternative
---@param typed string from the suggestion's line up to the cursor, lines joined by "\n"
---@param row integer the cursor's
---@return string?
function M.rest(suggestion, one, typed, row)
  local before, since = suggestion.head:sub(1, one.start), typed:sub(one.start + 1)
  if row < suggestion.row or typed:sub(1, one.start) ~= before or one.text:sub(1, #since) ~= since then
    return nil
  end
  return one.text:sub(#since + 1)
end

---Keep those alternatives that still fit a buffer; nil if none is left. The shown one must fit.
---@param suggestion glossator.Suggestion
---@param buf integer
---@param row integer the cursor's, from 0
---@param column integer bytes
---@return string? rest
function M.fit(suggestion, buf, row, column)
  if row < suggestion.row or row >= vim.api.nvim_buf_line_count(buf) then
    return nil
  end
  local lines = vim.api.nvim_buf_get_lines(buf, suggestion.row, row + 1, false)
  local last = lines[#lines]
  if last:sub(column + 1) ~= suggestion.tail then
    return nil
  end
  lines[#lines] = last:sub(1, column)
  local typed = table.concat(lines, "\n")
  return M.rest(suggestion, suggestion.alternatives[suggestion.chosen], typed, row), typed
end

---Choose another alternative that fits what was typed.
---@param suggestion glossator.Suggestion
---@param typed string
---@param row integer
---@param count integer
---@return boolean
function M.turn(suggestion, typed, row, count)
  local many = #suggestion.alternatives
  for step = 1, many - 1 do
    local candidate = (suggestion.chosen - 1 + count * step) % many + 1
    if M.rest(suggestion, suggestion.alternatives[candidate], typed, row) then
      suggestion.chosen = candidate
      return true
    end
  end
  return false
end

---The first part of a text: all of it, its first word with the space before, or its first line.
---@param text string
---@param extent "all"|"word"|"line"
---@return string
function M.part(text, extent)
  if extent == "word" then
    return vim.fn.matchstr(text, [=[^\_s*\%(\k\+\|[^[:keyword:][:space:]]\+\|$\)]=])
  elseif extent == "line" then
    return text:match("^\n*[^\n]*")
  end
  return text
end

return M
