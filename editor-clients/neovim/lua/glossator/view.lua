-- A window beside the code with markdown that grows: explanations with their sources in a fold, and articles.

local options = require("glossator.options")

local M = {}

---@class (exact) glossator.Part
---@field markdown string
---@field sources? glossator.Source[]

---@class (exact) glossator.Source
---@field id string
---@field title string
---@field url string

---@class (exact) glossator.View
---@field buf integer
---@field origin integer the window it was opened from
---@field title string
---@field parts glossator.Part[] what was answered, in order
---@field folds table<integer, string> foldexpr's value by line
---@field on_close? fun()

---@type table<integer, glossator.View>
local views = {}
local DIGITS = { ["⁰"] = 0, ["¹"] = 1, ["²"] = 2, ["³"] = 3, ["⁴"] = 4, ["⁵"] = 5, ["⁶"] = 6, ["⁷"] = 7, ["⁸"] = 8, ["⁹"] = 9 }
local OPEN = { vertical = "rightbelow vsplit", horizontal = "rightbelow split", tab = "tab split" }

---@param view glossator.View
---@param window integer
local function dress(view, window)
  local set = {
    wrap = true,
    linebreak = true,
    breakindent = true,
    number = false,
    relativenumber = false,
    signcolumn = "no",
    conceallevel = 2,
    concealcursor = "n",
    spell = false,
    foldmethod = "expr",
    foldexpr = "v:lua.require'glossator.view'.fold_level(v:lnum)",
    foldtext = "v:lua.require'glossator.view'.fold_text()",
    foldlevel = options.current().fold_sources and 0 or 1,
    foldenable = true,
  }
  for name, value in pairs(set) do
    vim.api.nvim_set_option_value(name, value, { win = window, scope = "local" })
  end
  M.say(view, "")
end

---Open a window with nothing in it yet. The cursor stays where it is.
---@param title string
---@param buffer_keys table<string, { [1]: fun(view: glossator.View), [2]: string }>
---@return glossator.View
function M.open(title, buffer_keys)
  local origin = vim.api.nvim_get_current_win()
  local buf = vim.api.nvim_create_buf(false, true)
  local view = { buf = buf, origin = origin, title = title, parts = {}, folds = {} }
  views[buf] = view
  vim.api.nvim_buf_set_name(buf, ("glossator://%d/%s"):format(buf, title))
  vim.bo[buf].bufhidden = "wipe"
  vim.bo[buf].swapfile = false
  vim.bo[buf].modifiable = false
  vim.cmd(OPEN[options.current().split])
  local window = vim.api.nvim_get_current_win()
  vim.api.nvim_win_set_buf(window, buf)
  vim.bo[buf].filetype = "markdown"
  pcall(vim.treesitter.start, buf, "markdown") -- 0.11 does not by itself, and shows the fences of code then
  dress(view, window)
  if options.current().split ~= "tab" then
    vim.api.nvim_set_current_win(origin)
  end
  for key, action in pairs(buffer_keys) do
    vim.keymap.set("n", key, function()
      action[1](view)
    end, { buffer = buf, nowait = true, desc = "Glossator: " .. action[2] })
  end
  vim.api.nvim_create_autocmd("BufWipeout", {
    buffer = buf,
    callback = function()
      views[buf] = nil
      if view.on_close then
        view.on_close()
      end
    end,
  })
  return view
end

---@param view glossator.View
---@return boolean
function M.is_open(view)
  return views[view.buf] == view and vim.api.nvim_buf_is_valid(view.buf)
end

---The window that was used last, of those open.
---@return glossator.View?
function M.latest()
  local here = views[vim.api.nvim_get_current_buf()]
  local newest = math.max(0, unpack(vim.tbl_keys(views)))
  return here or views[newest]
end

---Say something over the text: what is being done, or which keys there are.
---@param view glossator.View
---@param message string
function M.say(view, message)
  for _, window in ipairs(vim.fn.win_findbuf(view.buf)) do
    local shown = message ~= "" and message or "a: ask  r: anew  gx: source  q: close"
    local bar = "%#Comment# " .. shown:gsub("%%", "%%%%") .. "%<"
    vim.api.nvim_set_option_value("winbar", bar, { win = window, scope = "local" })
  end
end

---@param view glossator.View
---@param lines string[] of one part
---@param first integer the part's first line, from 1
local function fold_sources(view, lines, first)
  for number = #lines, 1, -1 do
    if lines[number] == "---" then
      view.folds[first + number - 1] = ">1"
      for later = number + 1, #lines do
        view.folds[first + later - 1] = "1"
      end
      return
    end
  end
end

---Write what the parts say now.
---@param view glossator.View
local function write(view)
  local all = {}
  view.folds = {}
  for _, part in ipairs(view.parts) do
    if #all > 0 then
      table.insert(all, "")
    end
    local lines = vim.split(part.markdown, "\r?\n")
    fold_sources(view, lines, #all + 1)
    vim.list_extend(all, lines)
  end
  local before = vim.api.nvim_buf_get_lines(view.buf, 0, -1, false)
  local same = 0
  while same < math.min(#before, #all) and before[same + 1] == all[same + 1] do
    same = same + 1
  end
  vim.bo[view.buf].modifiable = true
  vim.api.nvim_buf_set_lines(view.buf, same, -1, false, vim.list_slice(all, same + 1))
  vim.bo[view.buf].modifiable = false
end

---Put a part in its place. Lines that stay the same are not touched, so that nothing jumps while it grows.
---@param view glossator.View
---@param number integer
---@param part glossator.Part
function M.set(view, number, part)
  if M.is_open(view) then
    view.parts[number] = part
    write(view)
  end
end

---Show a part from its first line on.
---@param view glossator.View
---@param number integer
function M.scroll_to(view, number)
  local first = 1
  for before = 1, number - 1 do
    first = first + #vim.split(view.parts[before].markdown, "\r?\n") + 1
  end
  for _, window in ipairs(vim.fn.win_findbuf(view.buf)) do
    vim.api.nvim_win_set_cursor(window, { first, 0 })
    vim.api.nvim_win_call(window, function()
      vim.cmd.normal({ "zt", bang = true })
    end)
  end
end

---@param line integer from 1
---@return string
function M.fold_level(line)
  local view = views[vim.api.nvim_get_current_buf()]
  return view and view.folds[line] or "0"
end

---@return string
function M.fold_text()
  local lines = vim.api.nvim_buf_get_lines(0, vim.v.foldstart - 1, vim.v.foldend, false)
  local sources = vim.tbl_filter(function(line)
    return line:match("^%d+%. ") ~= nil
  end, lines)
  local made = (lines[#lines] or ""):match("^%*(.*)%*$") or ""
  return ("▸ %d source%s  %s"):format(#sources, #sources == 1 and "" or "s", made)
end

---The number of the citation or of the source at a byte of a line.
---@param line string
---@param column integer from 0
---@return string?
function M.number_at(line, column)
  local listed = line:match("^(%d+)%. ")
  if listed then
    return listed
  end
  local number, reaches = "", false
  for place, character in vim.iter(vim.fn.split(line, [[\zs]])):enumerate() do
    local start = #table.concat(vim.list_slice(vim.fn.split(line, [[\zs]]), 1, place - 1))
    local digit = DIGITS[character]
    if digit then
      number = number .. digit
      reaches = reaches or (column >= start and column < start + #character)
    elseif reaches then
      return number
    else
      number = ""
    end
  end
  return reaches and number or nil
end

---The part that holds a line of the buffer.
---@param view glossator.View
---@param row integer from 1
---@return glossator.Part?
local function part_at(view, row)
  local last = 0
  for _, part in ipairs(view.parts) do
    last = last + #vim.split(part.markdown, "\r?\n") + (last > 0 and 1 or 0)
    if row <= last then
      return part
    end
  end
end

---Open the source that the citation under the cursor names. False where there is none.
---@param view glossator.View
---@return boolean
function M.open_source(view)
  local place = vim.api.nvim_win_get_cursor(0)
  local number = M.number_at(vim.api.nvim_get_current_line(), place[2])
  local part = part_at(view, place[1])
  for _, source in ipairs(number and part and part.sources or {}) do
    if tostring(source.id) == number then
      M.visit(view, source)
      return true
    end
  end
  return false
end

---@param view glossator.View
---@param source glossator.Source
function M.visit(view, source)
  if not vim.startswith(source.url, "file:") then
    local _, problem = vim.ui.open(source.url)
    if problem then
      vim.notify(problem, vim.log.levels.WARN)
    end
    return
  end
  local uri, line = source.url:match("^([^#]*)#?L?(%d*)")
  if vim.api.nvim_win_is_valid(view.origin) then
    vim.api.nvim_set_current_win(view.origin)
  end
  vim.cmd.edit(vim.fn.fnameescape(vim.uri_to_fname(uri)))
  if line ~= "" then
    vim.api.nvim_win_set_cursor(0, { math.min(tonumber(line), vim.api.nvim_buf_line_count(0)), 0 })
  end
end

return M
