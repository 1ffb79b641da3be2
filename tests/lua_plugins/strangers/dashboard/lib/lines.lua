local lines = {}

function lines.bar(value, total, width)
    local full = total > 0 and math.floor(value / total * width + 0.5) or 0
    return string.rep("#", full) .. string.rep("-", width - full)
end

return lines
