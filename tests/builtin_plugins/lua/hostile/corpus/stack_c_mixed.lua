-- gsub, sort, format and coroutines within each other. Expect: error
function attack()
  local f
  f = function()
    table.sort({ 1, 2 }, function()
      return (("a"):gsub(".", function()
        return string.format("%s", setmetatable({}, { __tostring = function() return coroutine.wrap(f)() or "" end }))
      end)) == "a"
    end)
  end
  return f()
end
