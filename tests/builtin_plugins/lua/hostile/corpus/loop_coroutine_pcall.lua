-- An endless loop in a coroutine that swallows errors. Expect: instructions
function attack()
  coroutine.wrap(function()
    while true do pcall(function() while true do end end) end
  end)()
end
