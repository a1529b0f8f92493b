-- What the user may choose about the plugin. The server's own options are in `settings`: see |glossator-settings|.

---@class (exact) glossator.GhostOptions
---@field mode? "own"|"builtin"|"off" our own ghost text, Neovim 0.12's, or none
---@field debounce? integer milliseconds without a key after which the server is asked
---@field with_menu? boolean show ghost text beside the completion menu

---@class (exact) glossator.KeyOptions insert mode; what was mapped to a key still happens where there is no ghost text
---@field accept? string
---@field accept_word? string
---@field accept_line? string
---@field next? string
---@field previous? string
---@field dismiss? string
---@field suggest? string

---@class (exact) glossator.Options
---@field enabled? boolean start the server with the first file
---@field cmd? string[] how the server is started
---@field settings? table<string, table<string, any>> the server's options, by section
---@field ghost? glossator.GhostOptions
---@field keys? glossator.KeyOptions
---@field split? "vertical"|"horizontal"|"tab" where explanations open
---@field fold_sources? boolean close the fold over an explanation's sources
---@field refresh_hover? boolean show a hover anew when the model's text for it is there
---@field progress? boolean show `$/progress` in the message area

local M = {}

---@type glossator.Options
local defaults = {
  enabled = true,
  cmd = nil,
  settings = {},
  ghost = { mode = "own", debounce = 75, with_menu = false },
  keys = {},
  split = "vertical",
  fold_sources = true,
  refresh_hover = true,
  progress = true,
}

---@type glossator.Options
local from_setup = {}

---@param kind "string"|"boolean"|"number"|"table"
local function of_type(kind)
  return function(value)
    return value == nil or type(value) == kind
  end, kind
end

---@param ... string
local function one_of(...)
  local choices = { ... }
  return function(value)
    return value == nil or vim.tbl_contains(choices, value)
  end, "one of " .. table.concat(choices, ", ")
end

---@param options glossator.Options
local function check(options)
  vim.validate("glossator.enabled", options.enabled, of_type("boolean"))
  vim.validate("glossator.cmd", options.cmd, of_type("table"))
  vim.validate("glossator.settings", options.settings, of_type("table"))
  vim.validate("glossator.ghost", options.ghost, of_type("table"))
  vim.validate("glossator.keys", options.keys, of_type("table"))
  vim.validate("glossator.split", options.split, one_of("vertical", "horizontal", "tab"))
  vim.validate("glossator.fold_sources", options.fold_sources, of_type("boolean"))
  vim.validate("glossator.refresh_hover", options.refresh_hover, of_type("boolean"))
  vim.validate("glossator.progress", options.progress, of_type("boolean"))
  local ghost = options.ghost or {}
  vim.validate("glossator.ghost.mode", ghost.mode, one_of("own", "builtin", "off"))
  vim.validate("glossator.ghost.debounce", ghost.debounce, of_type("number"))
  vim.validate("glossator.ghost.with_menu", ghost.with_menu, of_type("boolean"))
  for _, name in ipairs(M.unknown(options)) do
    vim.notify(("Glossator has no option %s. See :help glossator-options."):format(name), vim.log.levels.WARN)
  end
end

---The names that are none of ours.
---@param options glossator.Options
---@return string[]
function M.unknown(options)
  local known = vim.tbl_extend("force", defaults, { cmd = true })
  local found = vim.tbl_filter(function(name)
    return known[name] == nil
  end, vim.tbl_keys(options))
  for name in pairs(options.ghost or {}) do
    if defaults.ghost[name] == nil then
      table.insert(found, "ghost." .. name)
    end
  end
  table.sort(found)
  return found
end

---What holds: `setup` over `vim.g.glossator` over the defaults.
---@return glossator.Options
function M.current()
  return vim.tbl_deep_extend("force", defaults, vim.g.glossator or {}, from_setup)
end

---@param options? glossator.Options
function M.choose(options)
  vim.validate("options", options, "table", true)
  check(options or {})
  from_setup = options or {}
end

---Check what the user said in `vim.g.glossator`; problems are told, and the rest applies.
function M.check_global()
  local fine, problem = pcall(check, vim.g.glossator or {})
  if not fine then
    vim.notify(("Glossator: %s. See :help glossator-options."):format(problem), vim.log.levels.WARN)
  end
end

return M
