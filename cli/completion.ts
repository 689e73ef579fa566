import type { Command, Help } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** A word that can stand at a place of a command line, and its description. */
interface Word {
  text: string;
  means: string;
}

/** A command and what may follow it. `path`: `nbwatch alerts list`. */
interface Place {
  path: string;
  commands: readonly Word[];
  /** The choices for its first argument, if it has any. */
  choices: readonly Word[];
  options: readonly TakenOption[];
}

interface TakenOption extends Word {
  takesValue: boolean;
  /** The choices for its value; none if the value may be anything. */
  choices: readonly string[];
}

/** The script that lets a shell complete a program. It is made from the program itself, so it never lacks an option. */
export function completionScript(program: Command, shell: Shell): string {
  const places = [...placesOf(program, program.name())];
  switch (shell) {
    case 'bash':
      return bash(program.name(), places);
    case 'zsh':
      return zsh(program.name(), places);
    case 'fish':
      return fish(program.name(), places);
  }
}

function* placesOf(command: Command, path: string): Generator<Place> {
  const help: Help = command.createHelp();
  const commands = help.visibleCommands(command);
  const [first] = command.registeredArguments;
  yield {
    path,
    commands: commands.map((sub) => ({ text: sub.name(), means: sub.description() })),
    choices: (first?.argChoices ?? []).map((text) => ({ text, means: first?.description ?? '' })),
    options: help
      .visibleOptions(command)
      .flatMap(({ long, description, required, optional, argChoices = [] }) =>
        long ? [{ text: long, means: description, takesValue: required || optional, choices: argChoices }] : [],
      ),
  };
  for (const sub of commands) yield* placesOf(sub, `${path} ${sub.name()}`);
}

/** All three shells accept a single quote within single quotes in this form. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

const wordsOf = ({ commands, choices, options }: Place): readonly Word[] => [...commands, ...choices, ...options];

const deeper = (places: readonly Place[]) =>
  places.flatMap(({ path, commands }) => commands.map(({ text }) => quoted(`${path} ${text}`)));

const withValue = (places: readonly Place[]) =>
  places.flatMap(({ path, options }) => options.flatMap((one) => (one.takesValue ? [{ path, ...one }] : [])));

/**
 * The part that bash and zsh share: which command the words before the cursor lead to, or which option waits for its
 * value.
 */
function walk(places: readonly Place[]): string {
  const options = withValue(places).map(({ path, text }) => quoted(`${path} ${text}`));
  return `    if [[ $word == = ]]; then continue; fi
    if [[ -n $option ]]; then option=; continue; fi
    case "$place $word" in
      ${deeper(places).join(' | ')}) place="$place $word" ;;
      ${options.join(' | ')}) option="$place $word" ;;
    esac`;
}

function bash(name: string, places: readonly Place[]): string {
  const cases = places.map((place) => [place.path, wordsOf(place).map(({ text }) => text)] as const);
  const values = withValue(places).map(({ path, text, choices }) => [`${path} ${text}`, choices] as const);
  const branch = ([at, words]: readonly [string, readonly string[]]) =>
    `    ${quoted(at)}) words=${quoted(words.join(' '))} ;;`;
  return `# Completion of ${name} for bash: source <(${name} completion bash)
_${name}() {
  local place=${name} option= word words= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
${walk(places)}
  done
  word=\${COMP_WORDS[COMP_CWORD]}
  if [[ $word == = ]]; then word=; fi
  case "\${option:-$place}" in
${[...cases, ...values].map(branch).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _${name} ${name}
`;
}

function zsh(name: string, places: readonly Place[]): string {
  const described = ({ text, means }: Word) => quoted(`${text.replaceAll(':', '\\:')}:${means}`);
  const branch = (place: Place) => `    ${quoted(place.path)}) found=(${wordsOf(place).map(described).join(' ')}) ;;`;
  const values = withValue(places).map(
    ({ path, text, choices }) => `    ${quoted(`${path} ${text}`)}) found=(${choices.map(quoted).join(' ')}) ;;`,
  );
  return `#compdef ${name}
# Completion of ${name} for zsh, below compinit: source <(${name} completion zsh)
_${name}() {
  local place=${name} option= word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
${walk(places)}
  done
  case "\${option:-$place}" in
${[...places.map(branch), ...values].join('\n')}
  esac
  if (( \${#found} )); then _describe -o ${name} found; else _files; fi
}
if [[ \${funcstack[1]} == _${name} ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

function fish(name: string, places: readonly Place[]): string {
  const at = (path: string) => `-n 'test (__${name}_place) = "${path}"'`;
  const lines = places.flatMap(({ path, commands, choices, options }) => [
    ...[...commands, ...choices].map(
      ({ text, means }) => `complete -c ${name} ${at(path)} -a ${text} -d ${fishQuoted(means)}`,
    ),
    ...options.map(({ text, means, takesValue, choices: values }) => {
      const value = !takesValue ? '' : values.length > 0 ? ` -xa '${values.join(' ')}'` : ' -r';
      return `complete -c ${name} ${at(path)} -l ${text.slice(2)}${value} -d ${fishQuoted(means)}`;
    }),
  ]);
  return `# Completion of ${name} for fish
function __${name}_place
    set -l place ${name}
    for word in (commandline -opc)[2..-1]
        switch "$place $word"
            case ${deeper(places).join(' ')}
                set place "$place $word"
        end
    end
    echo $place
end
complete -c ${name} -f
${lines.join('\n')}
`;
}

/** In fish, a backslash escapes even in single quotes. */
const fishQuoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
