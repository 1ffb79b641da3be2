-- pcall within pcall swallows the error of the quota, over and over. Expect: instructions
function attack()
  local function again()
    pcall(function()
      pcall(function() while true do end end)
      again()
    end)
    while true do end
  end
  again()
  while true do end
end
