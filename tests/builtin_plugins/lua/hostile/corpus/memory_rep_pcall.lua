-- Strings of a quarter of what is allowed, kept, with errors swallowed. Expect: memory or instructions
function attack()
  kept = {}
  for i = 1, 1e9 do
    pcall(function() kept[#kept + 1] = ("x"):rep(2e6) .. i end)
  end
end
