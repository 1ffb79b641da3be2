-- A module in the manner of 2005: a global table, and a return value for those who want it.
old = {}

local gmatch = string.gfind or string.gmatch

function old.words(text)
    local list = {}
    for word in gmatch(text, "%a+") do
        table.insert(list, word)
    end
    return list
end

-- `arg` is what Lua 5.0 called the variable arguments, and 5.1 still filled it.
function old.join(separator, ...)
    return table.concat(arg, separator)
end

function old.count(...)
    return arg.n
end

if setfenv then
    local private = setmetatable({}, { __index = _G })
    local scoped = function() hidden = true return hidden end
    setfenv(scoped, private)
    old.scoped = scoped() and hidden == nil
end

return old
