-- A call of the server within a function of C. Expect: error
function attack()
  table.sort({ 1, 2, 3 }, function() return desk.say(true) end)
end
