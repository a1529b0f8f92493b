-- Keys that the user chose, and what was mapped to them before: that still happens where there is no ghost text.

local options = require("glossator.options")

local M = {}

local ACTIONS = { "accept", "accept_word", "accept_line", "next", "previous", "dismiss", "suggest" }

---@type table<integer, table<string, table>> by buffer and key, what was mapped before
local mapped = {}

---@param key string
---@return string
local function fallback_name(key)
  return ("<Plug>(GlossatorWas-%s)"):format(key:gsub("[<>]", ""))
end

---Let a name of ours do what the key did before; gives that name, or the bare key where nothing was mapped.
---@param mode string
---@param key string
---@param buf integer
---@return string keys, string flags of `nvim_feedkeys`, table before as `maparg` tells it
function M.keep(mode, key, buf)
  local before = vim.api.nvim_buf_call(buf, function()
    return vim.fn.maparg(key, mode, false, true)
  end)
  if vim.tbl_isempty(before) then
    return vim.keycode(key), "in", before
  end
  local name = fallback_name(key)
  local recursive = before.noremap == 0 and not before.callback
  local kept = vim.deepcopy(before)
  if recursive and vim.startswith(vim.keycode(before.rhs or ""), vim.keycode(key)) then
    kept.noremap = 1 -- Vim does not map the beginning of a mapping's own result either
  end
  kept = vim.tbl_extend("force", kept, { lhs = name, lhsraw = vim.keycode(name), mode = mode, buffer = 1 })
  kept.lhsrawalt, kept.mode_bits, kept.abbr = nil, nil, 0
  vim.api.nvim_buf_call(buf, function()
    vim.fn.mapset(mode, false, kept)
  end)
  return vim.keycode(name), "im", before
end

---Map the keys that the user chose in a buffer.
---@param buf integer
function M.map(buf)
  if mapped[buf] then
    return
  end
  mapped[buf] = {}
  local chosen = options.current().keys
  for _, action in ipairs(ACTIONS) do
    local key = chosen[action]
    if key then
      local keys, flags, before = M.keep("i", key, buf)
      -- Not an <expr> mapping: those run before what was typed just ahead is in the text.
      vim.keymap.set("i", key, function()
        if not require("glossator")[action]() then
          vim.api.nvim_feedkeys(keys, flags, false)
        end
      end, { buffer = buf, desc = "Glossator: " .. action:gsub("_", " ") .. ", or what the key did before" })
      mapped[buf][key] = before
    end
  end
end

---Take the keys away, and give back what was the buffer's own before.
---@param buf integer
function M.unmap(buf)
  local keys = mapped[buf] or {}
  mapped[buf] = nil
  if not vim.api.nvim_buf_is_valid(buf) then
    return
  end
  for key, before in pairs(keys) do
    pcall(vim.keymap.del, "i", key, { buffer = buf })
    if before.buffer == 1 then
      vim.api.nvim_buf_call(buf, function()
        vim.fn.mapset("i", false, before)
      end)
    end
  end
end

return M
