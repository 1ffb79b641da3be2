-- A comparator that contradicts itself. Expect: error or contained
function attack()
  local t = {}
  for i = 1, 1000 do t[i] = i end
  table.sort(t, function() return true end)
  return "contained" 
end
