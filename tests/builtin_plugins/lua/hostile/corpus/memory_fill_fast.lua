-- Memory filled by few instructions, up to the wall, and kept. Expect: contained or error or memory
function attack()
  kept = {}
  pcall(function()
    for i = 1, 900 do kept[i] = ("x"):rep(2e4) .. i end
  end)
  return "contained" 
end
