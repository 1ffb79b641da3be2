-- Forms. Everything is under /api/v1/plugins/forms; README.md lists the routes.

local answers = require("answers")
local delivery = require("delivery")
local entries = require("entries")
local fields = require("fields")
local forms = require("forms")
local hosts = require("hosts")
local submitting = require("submitting")
local tables = require("tables")
local webhooks = require("webhooks")

-- Who may shape content may shape forms; who edits content may read what people sent.
local SHAPE = { permission = "content.types" }
local READ = { permission = "content.read_draft" }
local REMOVE = { permission = "content.delete" }
local PUBLIC = { public = true }

local function route(method, path, handler, options)
  http.handle(method, path, function(req)
    return answers.guarded(handler, req)
  end, options)
end

route("GET", "/forms", forms.list, READ)
route("POST", "/forms", forms.create, SHAPE)
route("GET", "/forms/{id}", forms.get, READ)
route("PUT", "/forms/{id}", forms.update, SHAPE)
route("DELETE", "/forms/{id}", forms.delete, SHAPE)

route("GET", "/forms/{id}/fields", fields.list, READ)
route("POST", "/forms/{id}/fields", fields.create, SHAPE)
route("POST", "/forms/{id}/fields/reorder", fields.reorder, SHAPE)
route("PUT", "/fields/{id}", fields.update, SHAPE)
route("DELETE", "/fields/{id}", fields.delete, SHAPE)

route("GET", "/forms/{id}/entries", entries.list, READ)
route("GET", "/forms/{id}/export", entries.export, READ)
route("GET", "/entries/{id}", entries.get, READ)
route("DELETE", "/entries/{id}", entries.delete, REMOVE)

route("GET", "/forms/{id}/webhooks", webhooks.list, SHAPE)
route("POST", "/forms/{id}/webhooks", webhooks.create, SHAPE)
route("GET", "/forms/{id}/webhooks/queue", webhooks.queue, SHAPE)
route("PUT", "/webhooks/{id}", webhooks.update, SHAPE)
route("DELETE", "/webhooks/{id}", webhooks.delete, SHAPE)

route("GET", "/forms/{id}/public", submitting.definition, PUBLIC)
route("POST", "/forms/{id}/submit", submitting.submit, PUBLIC)

for _, host in ipairs(hosts) do
  request.register(host, { description = "Gets what webhooks of forms tell." })
end
schedule.every(60, delivery.run, { name = "deliver" })

function on_init()
  tables.define()
end
