-- A comparator that never ends. Expect: instructions
function attack()
  table.sort({ 1, 2, 3 }, function() while true do end end)
end
