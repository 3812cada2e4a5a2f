// What is done to the code that the compiler emits: arrays are walked through and taken apart by index.
//
// V8 runs code as it is written until it has run often, and a connection is set up before that: `for … of` over an array is then 128 bytes
// of bytecode, and a call and an object for each item; by index it is 42, and neither. `const [a, b, c] = array` is some 45 bytes
// an item instead of 6. What is executed counts until V8 compiles a function, which takes it longer the more there is of it.
import ts from 'typescript'

const TYPED_ARRAYS = new Set(['Uint8Array', 'Uint16Array', 'Uint32Array', 'Int32Array', 'Float64Array'])

/** A transformer of TypeScript. Means the same for arrays as the language has them: what is added while one is walked through is met. */
export function arrayLoops(program) {
  const checker = program.getTypeChecker()
  return (context) => {
    const { factory } = context

    function isArray(expression) {
      const type = checker.getTypeAtLocation(expression)
      const members = type.isUnion() ? type.types : [type]
      return members.every(
        (one) => checker.isArrayType(one) || checker.isTupleType(one) || TYPED_ARRAYS.has(one.symbol?.name ?? ''),
      )
    }

    const constant = (declarations, like) => factory.createVariableDeclarationList(declarations, like.flags)
    const declaration = (name, value) => factory.createVariableDeclaration(name, undefined, undefined, value)
    const item = (array, index) => factory.createElementAccessExpression(array, index)

    /** The declarations by which a pattern takes an array apart; `undefined` where it has defaults or a rest. */
    function takenApart(pattern, value) {
      const { elements } = pattern
      const isPlain = elements.every((one) => ts.isOmittedExpression(one) || !(one.initializer || one.dotDotDotToken))
      if (!isPlain || elements.length === 0) return undefined
      const array = factory.createUniqueName('array')
      const parts = elements.flatMap((one, at) => {
        if (ts.isOmittedExpression(one)) return []
        return ts.isArrayBindingPattern(one.name) ? undefined : declaration(one.name, item(array, at))
      })
      return parts.includes(undefined) ? undefined : [declaration(array, value), ...parts]
    }

    function walk(node) {
      const { initializer, expression, statement } = node
      const index = factory.createLoopVariable()
      const array = factory.createUniqueName('array')
      const [{ name }] = initializer.declarations
      const apart = ts.isArrayBindingPattern(name) && isArray(name) ? takenApart(name, item(array, index)) : undefined
      const each = constant(apart ?? [declaration(name, item(array, index))], initializer)
      const body = ts.visitNode(statement, visit)
      return factory.createForStatement(
        factory.createVariableDeclarationList(
          [declaration(index, factory.createNumericLiteral(0)), declaration(array, ts.visitNode(expression, visit))],
          ts.NodeFlags.Let,
        ),
        factory.createLessThan(index, factory.createPropertyAccessExpression(array, 'length')),
        factory.createPostfixIncrement(index),
        factory.createBlock(
          [factory.createVariableStatement(undefined, each), ...(ts.isBlock(body) ? body.statements : [body])],
          true,
        ),
      )
    }

    function visitDeclarations(list) {
      const declarations = list.declarations.flatMap((one) => {
        const visited = ts.visitNode(one, visit)
        const canBe = ts.isArrayBindingPattern(one.name) && one.initializer && isArray(one.initializer)
        return (canBe && takenApart(one.name, visited.initializer)) || [visited]
      })
      return factory.updateVariableDeclarationList(list, declarations)
    }

    function visit(node) {
      const isWalk = ts.isForOfStatement(node) && !node.awaitModifier && ts.isVariableDeclarationList(node.initializer)
      if (isWalk && isArray(node.expression)) return walk(node)
      if (ts.isVariableStatement(node))
        return factory.updateVariableStatement(node, node.modifiers, visitDeclarations(node.declarationList))
      return ts.visitEachChild(node, visit, context)
    }

    return (file) => ts.visitNode(file, visit)
  }
}

/** Compiles a project; throws at the first error, with the words of the compiler. */
export function compileWithArrayLoops(project) {
  const { config, error } = ts.readConfigFile(project, ts.sys.readFile)
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'))
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, '.')
  const program = ts.createProgram(fileNames, options)
  const emitted = program.emit(undefined, undefined, undefined, false, { before: [arrayLoops(program)] })
  const diagnostics = [...ts.getPreEmitDiagnostics(program), ...emitted.diagnostics]
  const host = {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: ts.sys.getCurrentDirectory,
    getNewLine: () => '\n',
  }
  if (diagnostics.length > 0) throw new Error(ts.formatDiagnostics(diagnostics, host))
}
