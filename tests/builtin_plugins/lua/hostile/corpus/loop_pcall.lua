-- pcall swallows the error of the quota. Expect: instructions
function attack()
  while true do
    pcall(function() while true do end end)
  end
end
