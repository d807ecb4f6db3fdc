import type { Question } from './questions-form.js';
export const worldQuestions: readonly Question[] = [];
