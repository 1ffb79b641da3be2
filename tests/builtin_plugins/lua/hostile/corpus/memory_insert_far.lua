-- table.insert far below the table, which moves two billion items that are not there. Expect: contained
function attack()
  for _, at in ipairs({ -2147483647, 0, 1e300, -1e300, 0 / 0, "-5" }) do
    assert(not pcall(table.insert, {}, at, 1))
  end
  return "contained" 
end
