import { z } from 'zod'
import { AwsError, unsupported } from '../../rehearse/secrets-manager/error.ts'
import { checkInput } from '../../rehearse/secrets-manager/input.ts'
import { functionArn, parseFunction } from '../arn.ts'
import { parseJson } from '../http.ts'
import { json, type Route } from '../protocols/rest.ts'
import type { DeployedFunction } from './deployed.ts'
import type { Lambda } from './invoke.ts'

const Described = z.strictObject({ Description: z.string().max(256) })
const Code = z.strictObject({ ZipFile: z.base64() })

/** New code of a function that CloudFormation made, its versions and aliases. Source: Lambda API reference. */
export function codeRoutes(lambda: Lambda): Route[] {
  return [
    [
      'PUT',
      /^\/2015-03-31\/functions\/([^/]+)\/code$/,
      'UpdateFunctionCode',
      async ({ body }, id) => {
        const deployed = deployedIn(lambda, id)
        const { ZipFile } = checkInput('UpdateFunctionCode', Code, parseJson(body), INVALID)
        await deployed.update(Buffer.from(ZipFile, 'base64'))
        return json(deployed.configuration())
      },
    ],
    [
      'PUT',
      /^\/2015-03-31\/functions\/([^/]+)\/configuration$/,
      'UpdateFunctionConfiguration',
      async ({ body }, id) => {
        const deployed = deployedIn(lambda, id)
        const { Description } = checkInput('UpdateFunctionConfiguration', Described, parseJson(body), INVALID)
        deployed.describe(Description)
        return json(deployed.configuration())
      },
    ],
    [
      'POST',
      /^\/2015-03-31\/functions\/([^/]+)\/versions$/,
      'PublishVersion',
      async ({ body }, id) => {
        checkInput('PublishVersion', z.strictObject({}), parseJson(body), INVALID)
        const deployed = deployedIn(lambda, id)
        return { ...json(deployed.configuration(deployed.publish())), status: 201 }
      },
    ],
    [
      'POST',
      /^\/2015-03-31\/functions\/([^/]+)\/aliases$/,
      'CreateAlias',
      async ({ body }, id) => {
        const deployed = deployedIn(lambda, id)
        const { Name, ...rest } = checkInput('CreateAlias', NewAlias, parseJson(body), INVALID)
        if (deployed.aliases.has(Name))
          throw new AwsError('ResourceConflictException', `Alias already exists: ${Name}`, 409)
        return { ...json(setAlias(deployed, Name, rest.FunctionVersion)), status: 201 }
      },
    ],
    [
      'PUT',
      /^\/2015-03-31\/functions\/([^/]+\/aliases\/[^/]+)$/,
      'UpdateAlias',
      async ({ body }, path) => {
        const [id = '', , Name = ''] = path.split('/')
        const deployed = deployedIn(lambda, id)
        const { FunctionVersion } = checkInput('UpdateAlias', Alias, parseJson(body), INVALID)
        if (!deployed.aliases.has(Name))
          throw new AwsError('ResourceNotFoundException', `Alias not found: ${Name}`, 404)
        return json(setAlias(deployed, Name, FunctionVersion))
      },
    ],
  ]
}

const Alias = z.strictObject({ FunctionVersion: z.string().regex(/^\d+$/) })
const NewAlias = Alias.extend({ Name: z.string().regex(/^(?!\d+$)[\w-]{1,128}$/) })

function setAlias(deployed: DeployedFunction, Name: string, FunctionVersion: string): object {
  deployed.aliases.set(Name, deployed.versionOf(FunctionVersion))
  return { AliasArn: `${functionArn(deployed.definition.name)}:${Name}`, Name, FunctionVersion }
}

const INVALID = 'InvalidParameterValueException'

function deployedIn({ deployed, functions, durableFunctions }: Lambda, id: string): DeployedFunction {
  const { name } = parseFunction(id)
  const found = deployed.get(name)
  if (found) return found
  if (functions.has(name) || durableFunctions.has(name)) throw unsupported(`new code of the function ${name}`)
  throw new AwsError('ResourceNotFoundException', `Function not found: ${id}`, 404)
}
