function interface(ctx)
    local place = ctx.value and json.decode(ctx.value) or { lat = 0, lon = 0 }
    while true do
        local event = coroutine.yield(tui.grid({
            tui.column(12, {
                tui.cell("Where", 1, tui.detail({
                    { label = "North", value = tostring(place.lat) },
                    { label = "East", value = tostring(place.lon) },
                })),
            }),
        }, { { key = "enter", label = "take" } }))
        if event.type == "key" and event.key == "up" then
            place.lat = place.lat + 1
        elseif event.type == "key" and event.key == "right" then
            place.lon = place.lon + 1
        elseif event.type == "key" and event.key == "enter" then
            coroutine.yield({ action = "commit", value = json.encode({ lat = place.lat, lon = place.lon }) })
            return
        elseif event.type == "key" and event.key == "esc" then
            coroutine.yield({ action = "cancel" })
            return
        end
    end
end
