-- Glossator in Neovim: `setup`, and what mappings call. Works without `setup` too.

local M = {}

---Choose options; may be left out. Their names and defaults: |glossator-options|.
---@param options? glossator.Options
function M.setup(options)
  require("glossator.options").choose(options or {})
  require("glossator.client").configure()
end

---Start ghost text and keys in a buffer that the server serves from now on.
---@param client vim.lsp.Client
---@param buf integer
function M.attach(client, buf)
  require("glossator.client").attached(buf)
  require("glossator.ghost").attach(client, buf)
  require("glossator.keys").map(buf)
end

---End them, unless another client goes on.
---@param client vim.lsp.Client
---@param buf integer
function M.detach(client, buf)
  for _, other in ipairs(vim.lsp.get_clients({ name = client.name, bufnr = buf })) do
    if other.id ~= client.id then
      return
    end
  end
  require("glossator.ghost").detach(buf)
  require("glossator.keys").unmap(buf)
end

---Take the suggestion. These tell whether there was one, for mappings of your own.
---@return boolean
function M.accept()
  return require("glossator.ghost").accept("all")
end

---@return boolean
function M.accept_word()
  return require("glossator.ghost").accept("word")
end

---@return boolean
function M.accept_line()
  return require("glossator.ghost").accept("line")
end

---Show the next alternative; asks for some where there is but one.
---@return boolean
function M.next()
  return require("glossator.ghost").cycle(1)
end

---@return boolean
function M.previous()
  return require("glossator.ghost").cycle(-1)
end

---@return boolean
function M.dismiss()
  return require("glossator.ghost").dismiss()
end

---Ask for a suggestion here and now, also where none comes by itself.
---@return boolean
function M.suggest()
  return require("glossator.ghost").suggest()
end

---One short text for 'statusline'; empty where Glossator does not run: `%{v:lua.require'glossator'.statusline()}`
---@return string
function M.statusline()
  return require("glossator.status").line()
end

return M
