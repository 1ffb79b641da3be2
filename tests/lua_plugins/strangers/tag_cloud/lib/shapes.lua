local shapes = {}

local escapes = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

function shapes.word(text, weight)
    local size = math.floor(math.min(math.max(weight, 1), 9) / 9 * 200 + 100)
    return string.format('<span style="font-size:%d%%">%s</span>', size, (text:gsub('[&<>"]', escapes)))
end

return shapes
