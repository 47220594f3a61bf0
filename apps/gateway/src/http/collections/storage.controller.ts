import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { collectionHttp, type LedgerAnswer } from '@muniment/contracts';
import type { Principal } from '@muniment/domain';
import type { Gateway } from '../../open-gateway.js';
import { gatewayToken } from '../../tokens.js';
import { Caller } from '../access/authentication.js';
import { Answers } from '../describe-api.js';
import { ledgerAnswer } from './collection-answers.js';

@ApiTags('storage')
@Controller('storage')
export class StorageController {
  constructor(@Inject(gatewayToken) private readonly gateway: Gateway) {}

  /** Bytes per repository as they were counted last; the first entry is the whole archive. Needs the verb `retention` in every repository. */
  @Get('ledger')
  @Answers(200, 'The storage ledger', collectionHttp.ledgerAnswer)
  async ledger(@Caller() caller: Principal): Promise<LedgerAnswer> {
    return ledgerAnswer(await this.gateway.collections.read.storage(caller));
  }
}
