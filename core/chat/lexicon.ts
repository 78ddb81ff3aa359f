/**
 * The interpreter's words. A word that is neither here, nor a name, nor a number keeps a request from being understood: then
 * it asks. That is what makes the grammar safe: nothing that was said is ever left out of what is done.
 */
const forms = (lemma: string, words: string): [string, string][] => words.split(' ').map((word) => [word, lemma]);

/** Every form of a word that the grammar knows by another name. */
export const LEMMAS: ReadonlyMap<string, string> = new Map([
  ...forms('restart', 'restart restarts restarted restarting bounce bounced bouncing reboot rebooted rebooting'),
  ...forms('redeploy', 'redeploy redeploys redeployed redeploying redeployment'),
  ...forms('rollback', 'rollback rollbacks revert reverted reverting'),
  ...forms('scale', 'scale scales scaled scaling resize'),
  ...forms('redrive', 'redrive redriving redriven replay'),
  ...forms('increase', 'increase grow raise'),
  ...forms('reduce', 'reduce decrease lower shrink'),
  ...forms('tasks', 'task tasks instance instances replica replicas copy copies container containers'),
  ...forms('pause', 'pause paused pausing suspend suspended snooze'),
  ...forms('resume', 'resume unpause continue'),
  ...forms('stop', 'stop halt'),
  ...forms('heal', 'heal healing'),
  ...forms('approve', 'approve approved approving'),
  ...forms('decline', 'decline declined reject rejected refuse refused deny denied'),
  ...forms('approval', 'approval approvals'),
  ...forms('deploy', 'deploy deployment deployed release'),
  ...forms('version', 'version revision'),
  ...forms('incident', 'incident incidents'),
  ...forms('agent', 'agent agents'),
  ...forms('action', 'action actions'),
  ...forms('auto', 'auto automatic'),
  ...forms('last', 'last latest newest'),
  ...forms('cancel', 'cancel abort'),
  ...forms('need', 'need needs'),
  ...forms('is', 'is are am'),
  ...forms('was', 'was were got'),
  ...forms('did', 'did have has had'),
  ...forms('do', 'do does perform'),
  ...forms('you', 'you u'),
  ...forms('happen', 'happen happens happened'),
  ...forms('open', 'open active'),
  ...forms('previous', 'previous earlier'),
]);

/** Words that the patterns use as they are, so that a slip of the finger can be told from a word that is not known. */
export const PLAIN: ReadonlySet<string> = new Set(
  `why what which who how broken status explain everything manual shadow helpful wrong mode remove give run payments
   depends dependencies topology waiting pending unhealthy failing list show yourself stable killswitch
   deadletters moment suppose would could should today attention kintsugi environment please service minutes
   nothing alone touch yesterday decision reasoning reason about above after again against along already always
   before being below between break bring cause check could every first found great house large later least level
   light might money month never night other place point power quite ready really right scare seems shall since
   small sound space staff stage start state steps still store table taken than thank thanks their them there these
   thing things think those three through times total under until users using value water week whole whose world
   worth would years order normal action active loud peace place paint pose case cause rescue second sooner`
    .split(/\s+/)
    .filter((word) => word !== ''),
);

/** Words without which a request says the same. */
export const FILLERS: ReadonlySet<string> = new Set(
  'the a an please pls kindly now just hey kintsugi service app application workload also both immediately asap currently'.split(
    ' ',
  ),
);

export const NUMBERS: ReadonlyMap<string, number> = new Map(
  'zero one two three four five six seven eight nine ten eleven twelve'.split(' ').map((word, value) => [word, value]),
);

/** Minutes. */
export const UNITS: ReadonlyMap<string, number> = new Map([
  ...['m', 'min', 'mins', 'minute', 'minutes'].map((unit) => [unit, 1] as const),
  ...['h', 'hr', 'hrs', 'hour', 'hours'].map((unit) => [unit, 60] as const),
  ...['d', 'day', 'days'].map((unit) => [unit, 1_440] as const),
]);

export const ENVIRONMENTS: ReadonlyMap<string, 'dev' | 'stage' | 'prod'> = new Map([
  ['dev', 'dev'],
  ['development', 'dev'],
  ['stage', 'stage'],
  ['staging', 'stage'],
  ['prod', 'prod'],
  ['production', 'prod'],
]);

/** How faults are told, by the catalogue's hypotheses; looked for in what follows the name of a workload, or precedes it. */
export const FAULTS: readonly (readonly [string, RegExp])[] = [
  ['memLeak', /memory|\boom\b/],
  ['crashLoop', /crash/],
  ['dbPool', /connection pool|db pool|pool .*exhaust|connections/],
  ['cpuSpike', /\bcpu\b|traffic|overload|\bload\b/],
  ['badDeploy', /(bad|broken|faulty|failed) deploy/],
  ['configErr', /config/],
  ['diskFull', /\bdisk\b/],
  ['secretExpiry', /secret|certificate|credential|password/],
  ['deadlock', /\bh[au]ng(s|ing)?\b|deadlock|fr[eo]+ze(s|n)?\b|stuck/],
  ['azImpair', /\bzone\b|\baz\b/],
  ['throttled', /throttl|rate limit|quota/],
  ['dlqBacklog', /deadletters/],
  ['scaledDown', /scale (down )?to N\d+|scale down/],
  ['depDown', /dependency .*(down|fail|gone)/],
  ['costWaste', /overprovision|idle|waste/],
  ['blip', /\bblip/],
];

/** Phrases that stand for one word. Applied to lower-case text, in order. */
export const PHRASES: readonly (readonly [RegExp, string])[] = [
  [/\bwhat's\b|\bwhats\b/g, 'what is'],
  [/\bwho's\b/g, 'who is'],
  [/\bcan't\b|\bcannot\b/g, 'can not'],
  [/\bwon't\b/g, 'will not'],
  [/n't\b/g, ' not'],
  [/\bi'd\b/g, 'i would'],
  [/\bi'll\b/g, 'i will'],
  [/\blet's\b/g, 'let us'],
  [/\brol+(ed|ing|s)?[ -]?back\b/g, 'rollback'],
  [/\bre-deploy/g, 'redeploy'],
  [/\bdead[ -]letter(s)?( queue)?\b|\bdlq\b/g, 'deadletters'],
  [/\bkill[ -]?switch\b/g, 'killswitch'],
  [/\bhold off\b/g, 'pause'],
  [/\bfrom now on ask me before (each|every|any) (action|change)\b/g, 'set mode manual'],
  [/\bonce (that|this|it) is done\b|\bwhen (that|this|it) is done\b/g, 'then'],
  [/\bthis morning\b|\bthis week\b|\btonight\b/g, 'today'],
  [/(?<!\bwait(s|ing)?) for me\b(?! to)/g, ''],
  [/\bhalf an hour\b/g, '30 minutes'],
  [/\ba quarter of an hour\b/g, '15 minutes'],
  [/\ban hour\b/g, '1 hour'],
  [/\ba day\b/g, '1 day'],
  [/\bright now\b|\bright away\b|\bat the moment\b/g, 'now'],
];
