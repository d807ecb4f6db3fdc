/**
 * `rtldlab campaign plan | run | merge`: their words. They stand for the three steps of every batch system.
 *
 * What can go wrong: start-up paying for what this run does not use; a process that does one unit reads the plan and no more.
 */
import type { Command } from 'commander';
import { kindNames } from '../../units/kinds.js';
import type { MergeWords } from '../campaign-merge.js';
import type { PlanWords } from '../campaign-plan.js';
import type { RunCampaignWords } from '../campaign-run.js';
import type { Session } from '../session.js';
import { collect, examples, KERNEL, LIBC, SCENARIOS, SEMANTICS } from './options.js';

function addPlan(campaign: Command, session: Session): void {
  campaign
    .command('plan')
    .summary('write down what is to be done')
    .description(
      'Write the plan of a campaign into a folder: what each unit does, complete with scenarios and semantics, so that any machine with the folder can do its share. The same plan again changes nothing.',
    )
    .argument('<kind>', kindNames.join(', '))
    .argument('[scenario...]', SCENARIOS)
    .requiredOption('-o, --output <dir>', 'the folder of the campaign; made when it is not there')
    .option('--libc <names>', `semantics, with commas between them: ${LIBC}`)
    .option('--semantics <file>', SEMANTICS, collect)
    .option('--kernel <name>', KERNEL)
    .option('--seed <n>', 'what is drawn is drawn from this seed (1)')
    .option(
      '--units <n>',
      'units of a hunt or of real worlds (16), or of a walk (one a judgement); parts of a split state space, at least (16)',
    )
    .option('--runs <n>', 'runs in a unit of a hunt: a world under one schedule (500)')
    .option('--property <ids>', 'what a hunt watches, with commas between them (all)')
    .option('--worlds <n>', 'random worlds in a unit of real ones (20)')
    .option('--kinds <names>', 'kinds of real worlds, with commas between them (all but wild)')
    .option('--schedules <n>', 'random schedules in a unit of a walk (100)')
    .option('--max-steps <n>', 'steps of a random schedule (2000)')
    .option('--max-states <n>', 'states of a search (5000000)')
    .option('--json', 'the plan in one line, without its parameters')
    .addHelpText(
      'after',
      examples(
        'rtldlab campaign plan check scenarios -o nightly',
        'rtldlab campaign plan hunt --libc patch-v17,2.36 --units 100 -o hunts',
        'rtldlab campaign plan walk scenarios/seed --seed 7 --units 200 -o walks',
        'rtldlab campaign plan real --units 500 --worlds 40 -o machine',
        'rtldlab campaign plan split heavy.yaml --libc debian-2.36 --units 64 -o heavy',
      ),
    )
    .action(async (kind: string, paths: string[], words: PlanWords) =>
      (await import('../campaign-plan.js')).planCampaign(session, kind, paths, words),
    );
}

function addRun(campaign: Command, session: Session): void {
  campaign
    .command('run')
    .summary('do its units: all that are missing, or the one that an engine names')
    .description(
      'Do the units that have no result yet. Under GNU parallel, in a Slurm array and in a Kubernetes Indexed Job, the unit is the one of the task (PARALLEL_SEQ, SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX). It may be killed at any moment and started again.',
    )
    .argument('<dir>', 'the folder of the campaign')
    .option('--workers <n>', 'units at a time (1)')
    .option('--index <n>', 'only the unit of this number, from 0')
    .option('--shares <n>', 'a task is one of n shares of the campaign, not one unit')
    .option('--first <n>', 'the number of the first task (0; 1 under GNU parallel)')
    .option('--all', 'all that are missing, whatever the environment says')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      examples(
        'rtldlab campaign run nightly --workers 2',
        'rtldlab campaign run nightly --index 17',
        'seq 8 | parallel -N0 rtldlab campaign run nightly --shares 8',
      ),
    )
    .action(async (folder: string, words: RunCampaignWords) =>
      (await import('../campaign-run.js')).runCampaign(session, folder, words),
    );
}

function addMerge(campaign: Command, session: Session): void {
  campaign
    .command('merge')
    .summary('put the results together: the same bytes, whoever did them')
    .description(
      'Put the results together in the order of the units, and say which are missing (exit code 5). What was found decides the exit code as in the other commands.',
    )
    .argument('<dir>', 'the folder of the campaign')
    .option('-o, --output <file>', 'write the lines of --json there')
    .option('--json', 'one JSON object a unit, then what they come to together, then the summary')
    .addHelpText('after', examples('rtldlab campaign merge nightly', 'rtldlab campaign merge nightly --json'))
    .action(async (folder: string, words: MergeWords) =>
      (await import('../campaign-merge.js')).mergeCampaignOf(session, folder, words),
    );
}

export function addCampaign(program: Command, session: Session): void {
  const campaign = program
    .command('campaign')
    .summary('long work in units: interrupted, resumed, spread over machines')
    .description('Plan work in units, do them wherever there is a processor, and put the results together.');
  addPlan(campaign, session);
  addRun(campaign, session);
  addMerge(campaign, session);
}
