local names = { "#ff0000", "#00ff00", "#0000ff" }

function interface(ctx)
    local color = ctx.value or "#000000"
    local palette = ctx.config and ctx.config.palette or names
    local at = 0
    while true do
        local event = coroutine.yield({ type = "text", lines = { { text = "## " .. color, accent = true } } })
        if event.type == "key" then
            if event.key == "right" then
                at = at % #palette + 1
                color = palette[at]
            elseif event.key == "enter" then
                coroutine.yield({ action = "commit", value = color })
                return
            elseif event.key == "esc" then
                coroutine.yield({ action = "cancel" })
                return
            end
        end
    end
end
