/**
 * A thread that expands states for a search on another thread. It stands for nothing in glibc or Linux.
 *
 * What can go wrong: a thread that outlives its search. It waits for tasks for ever and is ended from outside.
 */
import { type MessagePort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { type Desk, serve, type Word } from '../explore/crew.js';

const { desk, port } = workerData as { readonly desk: Desk; readonly port: MessagePort };

serve(desk, () => receiveMessageOnPort(port)?.message as Word | undefined);
