-- Memory filled up to the wall, then an error with a large message. Expect: memory or error
function attack()
  kept = {}
  pcall(function()
    for i = 1, 7 do kept[i] = ("x"):rep(1.9e6) .. i end
  end)
  error(kept[1])
end
