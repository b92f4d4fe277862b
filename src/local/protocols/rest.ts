import { unsupported } from '../../rehearse/secrets-manager/error.ts'
import type { LocalRequest, LocalResponse, LocalService } from '../http.ts'
import type { ServiceName } from '../services.ts'

/** An action by its method and path, whose group, decoded, is what it is about. Actions have names of their own. */
export type Route = [
  method: string,
  path: RegExp,
  action: string,
  answer: (request: LocalRequest, id: string) => LocalResponse | Promise<LocalResponse>,
]

/** A service that speaks REST JSON: parameters in the path, the query, the body, and headers. */
export function restService(name: ServiceName, routes: Route[]): LocalService {
  const routeOf = ({ method, path }: Pick<LocalRequest, 'method' | 'path'>) =>
    routes.find(([its, form]) => its === method && form.test(path))
  return {
    name,
    recognise: (request) => routeOf(request)?.[2],
    async handle(action, request) {
      const route = routeOf(request)
      if (!route) throw unsupported(action)
      const [, path, , answer] = route
      return answer(request, decodeURIComponent(path.exec(request.path)?.[1] ?? ''))
    },
  }
}

export function json(body: object | undefined): LocalResponse {
  return { status: 200, body: JSON.stringify(body) }
}
