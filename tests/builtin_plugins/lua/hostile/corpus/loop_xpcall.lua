-- xpcall swallows the error of the quota. Expect: instructions
function attack()
  while true do
    xpcall(function() while true do end end, function() return 1 end)
  end
end
