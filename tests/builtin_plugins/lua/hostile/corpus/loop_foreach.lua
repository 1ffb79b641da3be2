-- foreach with a body that never ends. Expect: instructions
function attack()
  table.foreach({ 1 }, function() while true do end end)
end
