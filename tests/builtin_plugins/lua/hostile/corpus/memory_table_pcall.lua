-- A table that grows for ever, with errors swallowed. Expect: memory
function attack()
  local t = {}
  while true do
    pcall(function()
      while true do t[#t + 1] = ("x"):rep(100) .. #t end
    end)
  end
end
