-- Ghost text: asks the server while the user types, shows what it suggests, and takes it over when it is accepted.
--
-- Why not Neovim's own client by default: 0.11 has none; that of 0.12.4 cancels nothing while one types, shows late
-- answers over newer text, and can accept neither a word nor a line.

local client_of = require("glossator.client")
local drawing = require("glossator.drawing")
local options = require("glossator.options")
local suggestions = require("glossator.suggestion")

local M = {}

local AUTOMATIC, INVOKED = 2, 1

---@class (exact) glossator.GhostState
---@field suggestion? glossator.Suggestion
---@field rest? string what is shown; nil while nothing is
---@field request? { client: vim.lsp.Client, id: integer, tick: integer }
---@field timer uv.uv_timer_t
---@field asked integer counts requests; an answer to any but the last is late
---@field accepting boolean
---@field group integer

---@type table<integer, glossator.GhostState>
local states = {}
local snoozed_until = 0

---What happened in this session, for `:Glossator stats`.
M.counts = { shown = 0, accepted = 0, words = 0, lines = 0, dismissed = 0 }

---@param buf integer
---@return boolean
local function is_builtin(buf)
  return options.current().ghost.mode == "builtin" and vim.lsp.inline_completion ~= nil and states[buf] == nil
end

---@param buf integer
local function hide(buf)
  states[buf].rest = nil
  drawing.hide(buf)
end

---@param buf integer
local function stop_asking(buf)
  local state = states[buf]
  state.timer:stop()
  state.asked = state.asked + 1
  if state.request then
    local request = state.request
    state.request = nil
    if not request.client:is_stopped() then
      request.client:cancel_request(request.id)
    end
  end
end

---@param buf integer
local function clear(buf)
  stop_asking(buf)
  states[buf].suggestion = nil
  hide(buf)
end

---@param buf integer
---@return boolean
local function in_insert_mode(buf)
  return buf == vim.api.nvim_get_current_buf() and vim.api.nvim_get_mode().mode:sub(1, 1) == "i"
end

---@return boolean
local function menu_hides()
  return vim.fn.pumvisible() == 1 and not options.current().ghost.with_menu
end

---@return integer row, integer column from 0
local function cursor()
  local place = vim.api.nvim_win_get_cursor(0)
  return place[1] - 1, place[2]
end

---Show what is left of the suggestion at the cursor, if it still fits.
---@param buf integer
---@return boolean
local function show(buf)
  local state = states[buf]
  if not state.suggestion then
    return false
  end
  local row, column = cursor()
  local rest = suggestions.fit(state.suggestion, buf, row, column)
  if not rest or rest == "" then
    state.suggestion = nil
    hide(buf)
    return false
  end
  if menu_hides() then
    hide(buf)
  else
    M.counts.shown = M.counts.shown + (state.rest and 0 or 1)
    state.rest = rest
    drawing.show(buf, row, column, state.suggestion, rest)
  end
  return true
end

---@param buf integer
---@param kind integer
---@param done? fun() after an answer that is shown
local function ask(buf, kind, done)
  stop_asking(buf)
  local client = client_of.get(buf)
  if not client or not client:supports_method("textDocument/inlineCompletion", buf) then
    return
  end
  local state = states[buf]
  local asked, tick = state.asked, vim.api.nvim_buf_get_changedtick(buf)
  local row, column = cursor()
  local line = vim.api.nvim_get_current_line()
  local params = {
    textDocument = { uri = vim.uri_from_bufnr(buf) },
    position = client_of.position(client, buf, row, column),
    context = { triggerKind = kind },
  }
  local sent, id = client:request("textDocument/inlineCompletion", params, function(problem, result)
    local late = states[buf] ~= state or state.asked ~= asked
    if late or not vim.api.nvim_buf_is_valid(buf) then
      return
    end
    state.request = nil
    if problem or not result or not in_insert_mode(buf) or vim.api.nvim_buf_get_changedtick(buf) ~= tick then
      return
    end
    local items = result.items or result
    state.suggestion = suggestions.of(client, items, row, line:sub(1, column), line:sub(column + 1))
    if show(buf) and done then
      done()
    end
  end, buf)
  state.request = sent and id and { client = client, id = id, tick = tick } or nil
end

---After the text or the cursor changed: what is shown may still fit; else ask, once the user pauses.
---@param buf integer
local function update(buf)
  local state = states[buf]
  if state.accepting then
    return
  end
  if show(buf) then
    return
  end
  -- Neovim tells of a change once no key waits any more: a key of ours may have asked about that text meanwhile.
  if state.request and state.request.tick == vim.api.nvim_buf_get_changedtick(buf) then
    return
  end
  stop_asking(buf)
  if vim.uv.now() < snoozed_until or menu_hides() then
    return
  end
  local asked = state.asked -- a key of ours may ask between the timer's end and the function
  state.timer:start(options.current().ghost.debounce, 0, vim.schedule_wrap(function()
    if states[buf] == state and state.asked == asked and in_insert_mode(buf) and not menu_hides() then
      ask(buf, AUTOMATIC)
    end
  end))
end

---@param buf integer
local function watch(buf)
  local group = states[buf].group
  local function on(events, act)
    vim.api.nvim_create_autocmd(events, { group = group, buffer = buf, callback = function()
      if states[buf] then
        act(buf)
      end
    end })
  end
  on({ "InsertEnter", "TextChangedI", "TextChangedP", "CompleteDone" }, update)
  on("CompleteChanged", function()
    if menu_hides() then
      hide(buf)
    end
  end)
  on("CursorMovedI", function()
    if states[buf].suggestion and not states[buf].accepting and not show(buf) then
      clear(buf)
    end
  end)
  on({ "InsertLeave", "BufLeave" }, clear)
  on("BufWipeout", M.detach)
end

---@param client vim.lsp.Client
---@param buf integer
function M.attach(client, buf)
  local mode = options.current().ghost.mode
  if mode == "builtin" and vim.lsp.inline_completion then
    vim.lsp.inline_completion.enable(true, { bufnr = buf })
  end
  if mode == "off" or (mode == "builtin" and vim.lsp.inline_completion) or states[buf] then
    return
  end
  if not client:supports_method("textDocument/inlineCompletion", buf) then
    return
  end
  drawing.set_highlights()
  states[buf] = {
    timer = assert(vim.uv.new_timer()),
    asked = 0,
    accepting = false,
    group = vim.api.nvim_create_augroup("glossator.ghost." .. buf, {}),
  }
  watch(buf)
  vim.api.nvim_create_autocmd("ColorScheme", { group = states[buf].group, callback = drawing.set_highlights })
  if in_insert_mode(buf) then
    update(buf)
  end
end

---@param buf integer
function M.detach(buf)
  local state = states[buf]
  if not state then
    return
  end
  if vim.api.nvim_buf_is_valid(buf) then
    clear(buf)
  end
  states[buf] = nil
  state.timer:close()
  pcall(vim.api.nvim_del_augroup_by_id, state.group)
end

---What is shown in the current buffer, for statuslines and tests.
---@return string?
function M.shown()
  local state = states[vim.api.nvim_get_current_buf()]
  return state and state.rest
end

---@param buf integer
---@param count integer bytes behind the cursor
local function delete_behind(buf, count)
  if count > 0 then
    local row, column = cursor()
    vim.api.nvim_buf_set_text(buf, row, column, row, column + count, {})
  end
end

---What was typed before, and what is typed after, can be undone by itself. `<C-g>u` without typing.
local function end_undo_step()
  vim.bo.undolevels = vim.bo.undolevels
end

---Insert at the cursor, as an undo step of its own. `nvim_paste`, since it is the one way that the dot repeats.
---@param text string
local function insert(text)
  end_undo_step()
  vim.api.nvim_paste(text, false, -1)
  end_undo_step()
end

---@param buf integer
---@param one glossator.Alternative
---@param typed string
local function insert_snippet(buf, one, typed)
  local row, column = cursor()
  local since = typed:sub(one.start + 1)
  local first = row - select(2, since:gsub("\n", ""))
  end_undo_step()
  vim.api.nvim_buf_set_text(buf, first, one.start, row, column + #one.covered, {})
  vim.api.nvim_win_set_cursor(0, { first + 1, one.start })
  vim.snippet.expand(one.snippet)
end

---@param buf integer
---@param one glossator.Alternative
local function tell_server(buf, one)
  local client = one.command and client_of.get(buf)
  if client then
    client:exec_cmd(one.command, { bufnr = buf })
  end
end

---Take what is shown, or its first word or line. Not while the completion menu is open: the key is the menu's then.
---@param extent "all"|"word"|"line"
---@return boolean whether there was something to take
function M.accept(extent)
  local buf = vim.api.nvim_get_current_buf()
  if is_builtin(buf) then
    return extent == "all" and vim.lsp.inline_completion.get() or false
  end
  local state = states[buf]
  if not state or not state.suggestion or menu_hides() then
    return false
  end
  local rest, typed = suggestions.fit(state.suggestion, buf, cursor())
  if not rest or rest == "" then
    return false
  end
  local part = suggestions.part(rest, extent)
  local one = state.suggestion.alternatives[state.suggestion.chosen]
  local whole = part == rest
  state.accepting = true
  stop_asking(buf)
  hide(buf)
  if whole and one.snippet then
    insert_snippet(buf, one, typed)
  else
    delete_behind(buf, whole and #one.covered or 0)
    insert(part)
  end
  state.accepting = false
  local count = ({ all = "accepted", word = "words", line = "lines" })[extent]
  M.counts[count] = M.counts[count] + 1
  if whole then
    state.suggestion = nil
    tell_server(buf, one)
  end
  update(buf)
  return true
end

---Show the next alternative, or ask for alternatives where there is one.
---@param count integer
---@return boolean
function M.cycle(count)
  local buf = vim.api.nvim_get_current_buf()
  if is_builtin(buf) then
    vim.lsp.inline_completion.select({ count = count })
    return true
  end
  local state = states[buf]
  if not state or not state.suggestion then
    return false
  end
  local row, column = cursor()
  local rest, typed = suggestions.fit(state.suggestion, buf, row, column)
  if not rest then
    return false
  end
  if suggestions.turn(state.suggestion, typed, row, count) then
    show(buf)
  elseif #state.suggestion.alternatives == 1 then
    ask(buf, INVOKED)
  end
  return true
end

---Take the ghost text away until the next change.
---@return boolean whether there was any
function M.dismiss()
  local buf = vim.api.nvim_get_current_buf()
  local state = states[buf]
  if not state or not state.rest then
    return false
  end
  M.counts.dismissed = M.counts.dismissed + 1
  clear(buf)
  return true
end

---Ask for a suggestion here, whatever is snoozed.
---@return boolean
function M.suggest()
  local buf = vim.api.nvim_get_current_buf()
  if not states[buf] or not in_insert_mode(buf) then
    return false
  end
  clear(buf)
  ask(buf, INVOKED)
  return true
end

---Ask for nothing by itself for a while; 0 ends that.
---@param minutes number
function M.snooze(minutes)
  snoozed_until = vim.uv.now() + minutes * 60 * 1000
  for buf in pairs(states) do
    clear(buf)
  end
end

---@return integer seconds for which nothing is asked
function M.snoozed()
  return math.max(0, math.ceil((snoozed_until - vim.uv.now()) / 1000))
end

return M
