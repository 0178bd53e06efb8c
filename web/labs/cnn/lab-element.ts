// What this lab's elements share.
import { LabElement as Base } from '../lab-element';
import type { CnnInfo } from './net';

export { NowAndThen } from '../lab-element';
export abstract class LabElement extends Base<CnnInfo> {}
