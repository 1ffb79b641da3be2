-- Redirects. Rules are managed under /api/v1/plugins/redirects/rules; README.md lists the routes.

local importing = require("importing")
local resolving = require("resolving")
local routes = require("routes")
local rules = require("rules")

-- Who publishes decides what readers find at an address.
local READ = { permission = "content.read_draft" }
local WRITE = { permission = "content.publish" }

http.handle("GET", "/rules", routes.list, READ)
http.handle("POST", "/rules", routes.create, WRITE)
http.handle("GET", "/rules/{id}", routes.get, READ)
http.handle("PUT", "/rules/{id}", routes.update, WRITE)
http.handle("DELETE", "/rules/{id}", routes.delete, WRITE)
http.handle("GET", "/export", importing.export, READ)
http.handle("POST", "/import", importing.import, WRITE)
http.handle("GET", "/resolve", resolving.route, { public = true })

hooks.on("before_read", "content_data", resolving.before_read)

function on_init()
  rules.define()
end
