-- An endless loop in a message handler, where hooks do not count. Expect: instructions
function attack()
  xpcall(function() error("x") end, function() while true do end end)
end
