-- Explanations and articles in a window beside the code: they stream, can be stopped, and can be asked about.

local client_of = require("glossator.client")
local progress = require("glossator.progress")
local view_of = require("glossator.view")

local M = {}

---@class (exact) glossator.Asked what a view needs to go on
---@field client vim.lsp.Client
---@field uri string
---@field place any
---@field request? glossator.Request
---@field id? string of the last explanation
---@field about? string the explanation that the last question was about
---@field question? string the last one, which the sources at hand may not have answered
---@field over? fun() forgets the tokens of the request
---@field is_article? boolean

---@type table<integer, glossator.Asked> by the view's buffer
local asked_by = {}

local NOTHING = "*Nothing here can be explained. Put the cursor on a name, or select some code.*"

---@param asked glossator.Asked
local function stop(asked)
  if asked.request then
    asked.request.cancel()
    asked.request = nil
    asked.over() -- what is under way yet must not be shown any more
  end
end

local keys

---@param client vim.lsp.Client
---@param uri string
---@param place any
---@param title string
---@return glossator.View, glossator.Asked
local function open(client, uri, place, title)
  local view = view_of.open(title, keys)
  local asked = { client = client, uri = uri, place = place }
  asked_by[view.buf] = asked
  view.on_close = function()
    stop(asked)
    asked_by[view.buf] = nil
  end
  return view, asked
end

---Run a command whose answer is a part of a view. `options` may go among its arguments; parts come under its token.
---@param view glossator.View
---@param command string
---@param arguments any[]
---@param number integer which part
---@param named? string what to write above it
local function fill(view, command, arguments, number, named)
  local asked = asked_by[view.buf]
  stop(asked)
  local heading = named and ("**%s**\n\n"):format(named) or ""
  local function on_part(value)
    if type(value) == "table" and value.markdown then
      view_of.set(view, number, { markdown = value.markdown })
    elseif type(value) == "table" and value.kind ~= "end" and view_of.is_open(view) then
      view_of.say(view, (value.message or value.title or "…") .. "  (<C-c> stops)")
    end
  end
  local parts, stages = progress.token(on_part), progress.token(on_part)
  arguments[#arguments].partialResultToken = command ~= "glossator.article" and parts or nil
  function asked.over()
    progress.forget(parts)
    progress.forget(stages)
  end
  local forget = asked.over
  local function over(message)
    forget()
    asked.request = nil
    if view_of.is_open(view) then
      view_of.say(view, "")
      if message then
        view_of.set(view, number, { markdown = heading .. "*" .. message .. "*" })
      end
    end
  end
  view_of.say(view, "reading …  (<C-c> stops)")
  if not view.parts[number] then
    view_of.set(view, number, { markdown = heading })
  end
  asked.request = client_of.execute(asked.client, command, arguments, function(answer)
    over(not answer and "There is nothing to explain here: the server does not know this text." or nil)
    if answer then
      local whole = answer.explanation or answer.article or {}
      asked.id = whole.id or asked.id
      local markdown = answer.markdown ~= "" and answer.markdown or NOTHING
      view_of.set(view, number, { markdown = markdown, sources = whole.sources })
      if named and arguments[#arguments].search ~= true and #(whole.synthesis or {}) == 0 then
        view_of.say(view, "s: search for more  a: ask  q: close")
      end
    end
  end, { token = stages, failed = over })
  if not asked.request then
    over("Not asked.")
  end
end

---@param view glossator.View
local function cancel(view)
  local asked = asked_by[view.buf]
  if asked and asked.request then
    stop(asked)
    view_of.say(view, "stopped; r writes it anew, q closes")
  end
end

keys = {
  q = {
    function(view)
      vim.api.nvim_buf_delete(view.buf, { force = true })
    end,
    "close",
  },
  a = {
    function()
      M.follow_up()
    end,
    "ask further",
  },
  s = {
    function(view)
      M.search(view)
    end,
    "search for more",
  },
  r = {
    function(view)
      M.regenerate(view)
    end,
    "write anew",
  },
  gx = {
    function(view)
      if not view_of.open_source(view) then
        local address = vim.fn.expand("<cfile>")
        if address:match("^https?://") then
          vim.ui.open(address)
        else
          client_of.tell("There is no citation under the cursor.", vim.log.levels.INFO)
        end
      end
    end,
    "open the source",
  },
  ["<C-c>"] = { cancel, "stop" },
}

---Explain a place of a text: a position, a range, or vim.NIL for the whole file.
---@param uri string
---@param place any
---@param question? string
function M.place(uri, place, question)
  local client = client_of.need(vim.uri_to_bufnr(uri))
  if not client then
    return
  end
  local line = type(place) == "table" and (place.start or place).line
  local file = vim.fs.basename(vim.uri_to_fname(uri))
  local view = open(client, uri, place, line and ("%s:%d"):format(file, line + 1) or file)
  fill(view, "glossator.explain", { uri, place, { question = question } }, 1)
end

---What was asked about last, as the protocol has it.
---@return any
function M.last_place()
  local view = view_of.latest()
  return view and asked_by[view.buf].place
end

---@param client vim.lsp.Client
---@return lsp.Range
local function selection(client)
  local from, to = vim.fn.getpos("v"), vim.fn.getpos(".")
  if from[2] > to[2] or (from[2] == to[2] and from[3] > to[3]) then
    from, to = to, from
  end
  if vim.fn.mode() == "V" then
    from[3], to[3] = 1, vim.v.maxcol
  end
  local last = vim.fn.getline(to[2])
  local stop = math.min(to[3], #last)
  stop = stop + (stop > 0 and vim.str_utf_end(last, stop) or 0) -- behind the character that it is on
  return {
    start = client_of.position(client, 0, from[2] - 1, from[3] - 1),
    ["end"] = client_of.position(client, 0, to[2] - 1, stop),
  }
end

---Explain what is under the cursor, or the selection.
---@param question? string
function M.here(question)
  local client = client_of.need()
  if not client then
    return
  end
  local place
  if vim.fn.mode():match("[vV\22]") then
    place = selection(client)
    vim.cmd.normal({ vim.keycode("<Esc>"), bang = true })
  else
    local at = vim.api.nvim_win_get_cursor(0)
    place = client_of.position(client, 0, at[1] - 1, at[2])
  end
  M.place(vim.uri_from_bufnr(0), place, question)
end

---Explain whole lines.
---@param first integer from 1
---@param last integer
---@param question? string
function M.lines(first, last, question)
  local client = client_of.need()
  if client then
    M.place(vim.uri_from_bufnr(0), {
      start = { line = first - 1, character = 0 },
      ["end"] = client_of.position(client, 0, last - 1, vim.v.maxcol),
    }, question)
  end
end

---The same place anew, whatever is remembered; further answers go.
---@param view glossator.View
function M.regenerate(view)
  local asked = asked_by[view.buf]
  view.parts = { view.parts[1] }
  asked.question = nil
  if asked.is_article then
    return fill(view, "glossator.article", { asked.uri, vim.empty_dict() }, 1)
  end
  fill(view, "glossator.regenerate", { asked.uri, asked.place, vim.empty_dict() }, 1)
end

---@param view glossator.View
---@param question string
local function ask_further(view, question)
  local asked = asked_by[view.buf]
  if not asked or not asked.id then
    client_of.tell("Wait until the explanation is there, or explain something first.", vim.log.levels.INFO)
    return
  end
  asked.question, asked.about = question, asked.id
  fill(view, "glossator.followUp", { asked.id, question, vim.empty_dict() }, #view.parts + 1, question)
  view_of.scroll_to(view, #view.parts)
end

---Ask the last question once more, with sources beyond those at hand.
---@param view glossator.View
function M.search(view)
  local asked = asked_by[view.buf]
  if not asked.question then
    return client_of.tell("Ask something first: a. What its sources do not answer can be searched for.", vim.log.levels.INFO)
  end
  fill(view, "glossator.followUp", { asked.about, asked.question, { search = true } }, #view.parts, asked.question)
end

---Ask further about the explanation that was used last; without a question, at the prompt.
---@param question? string
function M.follow_up(question)
  local view = view_of.latest()
  if not view then
    client_of.tell("There is no explanation to ask about. :Glossator explain makes one.", vim.log.levels.INFO)
    return
  end
  if question and question ~= "" then
    return ask_further(view, question)
  end
  vim.ui.input({ prompt = "Ask further: " }, function(answer)
    if answer and vim.trim(answer) ~= "" then
      ask_further(view, vim.trim(answer))
    end
  end)
end

---The whole file as an article.
function M.article()
  local client = client_of.need()
  if client then
    local uri = vim.uri_from_bufnr(0)
    local view, asked = open(client, uri, vim.NIL, "article of " .. vim.fs.basename(vim.uri_to_fname(uri)))
    asked.is_article = true
    fill(view, "glossator.article", { uri, vim.empty_dict() }, 1)
  end
end

return M
