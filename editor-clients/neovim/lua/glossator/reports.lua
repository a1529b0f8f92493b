-- What the server tells of itself, as markdown to read.

local M = {}

---@param value any
---@return boolean
local function said(value)
  return value ~= nil and value ~= vim.NIL and value ~= ""
end

---@param count number
---@param thing string
---@return string
local function of(count, thing)
  return ("%d %s%s"):format(count, thing, count == 1 and "" or "s")
end

---@param told table<string, any>
---@return string[]
function M.list(told)
  local lines = {}
  for name, value in vim.spairs(told) do
    if said(value) then
      table.insert(lines, ("- **%s**: %s"):format(name, type(value) == "string" and value or vim.json.encode(value)))
    end
  end
  return lines
end

---What became of the last request for a completion, in the server's sentence, and how it came about.
---@param told table? the answer of `glossator.why`
---@return string[]
function M.why(told)
  if not said(told) then
    return { "No completion was asked for in this text yet." }
  end
  local meta = told.meta or {}
  local lines = { of(told.items, "suggestion") .. "." }
  for _, sentence in ipairs({ told.sentence or told.reason or "", told.problem or "" }) do
    if said(sentence) then
      table.insert(lines, sentence)
    end
  end
  table.insert(lines, "")
  local asked = vim.tbl_filter(said, { meta.backend, meta.model, meta.adapter })
  if #asked > 0 then
    table.insert(lines, ("- Asked: %s%s"):format(table.concat(asked, ", "), meta.cached == true and ", from memory" or ""))
  end
  for stage, took in vim.spairs(meta.timings_ms or {}) do
    table.insert(lines, ("- %s: %d ms"):format(stage:gsub("_", " "), took))
  end
  for _, one in ipairs(meta.saw or {}) do
    table.insert(lines, ("- Seen: %s, %s"):format(one.origin, of(vim.fn.strchars(one.text or ""), "character")))
  end
  return lines
end

---@param name string
---@param row table
---@return string
local function row_of(name, row)
  local named = name == "" and "no model" or name
  local parts = row.parts > 0 and (", %d in part"):format(row.parts) or ""
  return ("- %s: %d shown, %d accepted%s, %s"):format(named, row.shown, row.accepted, parts, of(row.characters, "character"))
end

---What became of suggestions: of this editor's session, and of those that the server's journal holds.
---@param counts table<string, integer>
---@param told table? the answer of `glossator.stats`
---@return string[]
function M.stats(counts, told)
  local lines = vim.list_extend({ "**In this session**", "" }, M.list(counts))
  if not said(told) then
    return lines
  end
  vim.list_extend(lines, { "", "**In 30 days**", "", row_of("all", told.total) })
  for _, group in ipairs({ told.languages, told.models }) do
    for name, row in vim.spairs(group) do
      table.insert(lines, row_of(name, row))
    end
  end
  for after, share in vim.spairs(told.kept) do
    table.insert(lines, ("- still there after %s s: %g of %d"):format(after, share.kept, share.of))
  end
  return lines
end

return M
