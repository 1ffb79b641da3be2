-- Memory filled up to the wall, then an answer of the server that has no room. Expect: memory or error
function attack()
  kept = {}
  pcall(function()
    for i = 1, 6 do kept[i] = ("x"):rep(2e6) .. i end
  end)
  return desk.double(("y"):rep(1.9e6))
end
