-- Tables of modules that are written to. Expect: contained
function attack()
  for _, each in ipairs({ desk, string, table, math, coroutine }) do
    assert(getmetatable(each) == "protected")
    assert(not pcall(function() each.added = 1 end))
    assert(not pcall(function() each.say = nil end))
    assert(not pcall(setmetatable, each, {}))
    assert(each.added == nil)
  end
  table.insert(desk, function() end)
  table.foreach(string, error)
  return "contained" 
end
